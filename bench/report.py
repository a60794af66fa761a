"""Results for people and programs: a table for the terminal, RESULTS.md and results.json.

Rule: a run replaces the results of the targets that it measured, and no others; each target keeps the
provenance of its own run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from .machine import Provenance
from .results import Figure, Goal, Outcome

_FOLDER: Final = Path(__file__).parent

_HEAD: Final = """# Measured speed

Made by `make bench`; `results.json` holds every single value. Each target is a ratio within one run: rounds
alternate between the servers, and the ratio is the median of the rounds' ratios. "Spread" is the distance
between the fastest and the slowest round as a share of the median.
"""


def write(outcomes: list[Outcome], provenance: Provenance) -> Path:
    """Add outcomes to results.json and write RESULTS.md from everything in it.

    Returns:
        The path of RESULTS.md.
    """
    stored = _FOLDER / "results.json"
    entries: dict[str, Any] = json.loads(stored.read_text("utf-8")) if stored.exists() else {}
    for outcome in outcomes:
        entries[str(outcome.number)] = _entry(outcome, provenance)
    entries = dict(sorted(entries.items(), key=lambda item: int(item[0])))
    stored.write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")
    page = _FOLDER / "RESULTS.md"
    page.write_text(_HEAD + "\n".join(_page(entries)) + "\n", encoding="utf-8")
    return page


def lines_of(outcome: Outcome) -> Iterator[str]:
    """Return an outcome as lines for a terminal."""
    yield f"Target {outcome.number}: {outcome.title}"
    yield f"  {outcome.how}"
    width = max((len(figure.name) for figure in outcome.figures), default=0)
    for figure in outcome.figures:
        amount = _amount(figure.median, figure.unit)
        yield f"  {figure.name:<{width}}  {amount:>16}  ±{figure.spread:4.0%}  {figure.note}".rstrip()
    for absent in outcome.absent:
        yield f"  {absent.name:<{width}}  absent: {absent.reason}"
    for goal in outcome.goals:
        yield f"  -> {_sentence(asdict(goal) | {'verdict': goal.verdict})}"


def _entry(outcome: Outcome, provenance: Provenance) -> dict[str, Any]:
    return {
        "title": outcome.title,
        "how": outcome.how,
        "figures": [_figure(figure) for figure in outcome.figures],
        "goals": [_goal(goal) for goal in outcome.goals],
        "absent": [asdict(absent) for absent in outcome.absent],
        "provenance": asdict(provenance),
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return asdict(figure) | {"median": figure.median, "spread": figure.spread}


def _goal(goal: Goal) -> dict[str, Any]:
    return asdict(goal) | {"is_met": goal.is_met, "verdict": goal.verdict}


def _page(entries: dict[str, Any]) -> Iterator[str]:
    yield from ("", "| target | asked | got | |", "|---|---|---|---|")
    for number, entry in entries.items():
        for goal in entry["goals"]:
            wanted = f"{goal['sense']} {_amount(goal['wanted'], goal['unit'])}"
            got = _amount(goal["got"], goal["unit"])
            yield f"| {number}. {goal['text']} | {wanted} | {got} | {goal['verdict']} |"
    for number, entry in entries.items():
        yield from ("", f"## {number}. {entry['title']}", "", entry["how"], "")
        yield from ("| measured | median | spread | |", "|---|---|---|---|")
        for figure in entry["figures"]:
            amount = _amount(figure["median"], figure["unit"])
            yield f"| {figure['name']} | {amount} | {figure['spread']:.0%} | {figure['note']} |"
        for absent in entry["absent"]:
            yield f"| {absent['name']} | absent | | {absent['reason']} |"
        yield from ("", _origin(entry["provenance"]))


def _origin(provenance: dict[str, Any]) -> str:
    libraries = ", ".join(f"{name} {number}" for name, number in provenance["libraries"].items())
    template = (
        "{at}, commit {commit}: {cpu}, {core_count} cores, {kernel}, {python}, {wrk}, {libraries}; {cores}; "
        "load average before {load_average}."
    )
    return template.format_map({**provenance, "libraries": libraries})


def _sentence(goal: dict[str, Any]) -> str:
    wanted = f"{goal['sense']} {_amount(goal['wanted'], goal['unit'])}"
    return f"{goal['text']}: {_amount(goal['got'], goal['unit'])}, asked {wanted}: {goal['verdict']}"


def _amount(value: float, unit: str) -> str:
    if unit == "x":
        return f"{value:.2f}x" if value < 100 else f"{value:.0f}x"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}"
