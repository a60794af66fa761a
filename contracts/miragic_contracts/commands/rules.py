"""`miragic-contract rules`: list the rules with the grounds they stand on."""

from __future__ import annotations

import json
from typing import Any

import click
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from ..reports.console import STYLES
from ..rules import RULES, AnyRule
from ..rules.grounds import clause_of, evidence_of, severity_of
from ..spec import Spec
from .options import rulebook_for, spec_option


@click.command()
@click.argument("ids", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@spec_option
def rules(ids: tuple[str, ...], as_json: bool, spec: Spec) -> None:
    """List the rules and explain each, or only those named."""
    rulebook_for(spec)  # for its error, where the contract lacks what a rule stands on
    known = {rule.id: rule for rule in RULES}
    unknown = [name for name in ids if name not in known]
    if unknown:
        raise click.UsageError(f"no rule {', '.join(unknown)}; there are {', '.join(known)}")
    described = [_described(known[name], spec) for name in ids or known]
    if as_json:
        click.echo(json.dumps(described, indent=2, ensure_ascii=False))
        return
    console = Console(soft_wrap=False, highlight=False)
    for rule in described:
        _show(rule, console)


def _described(rule: AnyRule, spec: Spec) -> dict[str, Any]:
    evidence = evidence_of(rule.grounds, spec)
    return {
        "id": rule.id,
        "sentence": rule.sentence,
        "explanation": rule.explanation,
        "severity": severity_of(evidence, rule.at_most).value,
        "evidence": str(evidence),
        "grounds": list(rule.grounds),
        "clauses": [clause_of([ground], spec) for ground in rule.grounds],
        "lines": [spec.line(clause_of([ground], spec)) for ground in rule.grounds],
        "needs": rule.needs,
        "required": rule.is_required,
    }


def _show(rule: dict[str, Any], console: Console) -> None:
    required = ", required" if rule["required"] else ""
    head = Text.assemble((rule["id"], "bold"), "  ", (rule["severity"], STYLES[rule["severity"]]))
    console.print(head.append(f" ({rule['evidence']}{required})"))
    lines = ", ".join(
        f"{ground} (line {line})" for ground, line in zip(rule["grounds"], rule["lines"], strict=True)
    )
    paragraphs = [rule["sentence"], rule["explanation"], f"Stands on {lines}. Needs {rule['needs']}."]
    console.print(Padding(Text("\n".join(filter(None, paragraphs))), (0, 0, 1, 2)))
