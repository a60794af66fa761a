"""`python -m bench.mutants`: the kill matrix, mutant by rule, with false alarms, jobs and seconds.

The gates that CI holds are tests (`tests/broken_servers`); this prints what they are about.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from miragic_contracts.checker import Verdict
from miragic_contracts.rules import RULES, Severity
from rich.console import Console
from rich.table import Table

from tests.broken_servers.catalogue import MUTANTS
from tests.broken_servers.matrix import killers
from tests.broken_servers.mutant import Mutant
from tests.broken_servers.trial import check_server
from tests.broken_servers.variants import VARIANTS


@dataclass(frozen=True)
class Trial:
    """One mutant, checked once: the rules that found it, the jobs and the processor's seconds that took."""

    mutant: Mutant
    rules: frozenset[str]
    jobs: int
    seconds: float

    @property
    def is_killed(self) -> bool:
        return bool(self.rules)


@dataclass
class Score:
    """The catalogue under one seed. `false_alarms` names the conforming variants that were called wrong."""

    trials: list[Trial] = field(default_factory=list)
    false_alarms: list[str] = field(default_factory=list)
    variant_runs: int = 0

    @property
    def killed(self) -> int:
        return sum(trial.is_killed for trial in self.trials)

    @property
    def is_good(self) -> bool:
        return self.killed == len(self.trials) and not self.false_alarms


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the matrix; leaves with 1 where a mutant survived or a sound server was called wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutants", description=__doc__)
    parser.add_argument(
        "--seeds", type=int, default=10, help="seeds for the conforming variants (default: 10)"
    )
    parser.add_argument("--json", action="store_true", help="for programs: one object")
    parser.add_argument("--all", action="store_true", help="list every mutant, not only each rule's sum")
    options = parser.parse_args(arguments)
    score = Score([trial_of(mutant) for mutant in MUTANTS])
    for variant in VARIANTS:
        for seed in range(options.seeds):
            report = check_server(variant.make(), settings=variant.settings, seed=seed)
            score.variant_runs += 1
            if report.verdict is not Verdict.PASS:
                score.false_alarms.append(f"{variant.id}, seed {seed}")
    if options.json:
        print(json.dumps(_document(score), indent=2))
    else:
        _show(score, Console(), is_whole=options.all)
    return 0 if score.is_good else 1


def trial_of(mutant: Mutant, seed: int = 1) -> Trial:
    """Checks one mutant."""
    began_s = time.process_time()
    report = check_server(mutant.make(), seed=seed)
    seconds = time.process_time() - began_s
    jobs = report.spent.jobs if report.spent else 0
    return Trial(mutant, frozenset(killers(report, mutant.severity)), jobs, seconds)


def _show(score: Score, console: Console, *, is_whole: bool) -> None:
    if is_whole:
        for trial in score.trials:
            word = "killed" if trial.is_killed else "SURVIVED"
            console.print(f"{word} {trial.mutant.id}: {', '.join(sorted(trial.rules))}", highlight=False)
    table = Table("rule", "its mutants", "kills", "kills alone", box=None)
    for name, own, kills, alone in _rows(score.trials):
        table.add_row(name, str(own), str(kills), str(alone))
    console.print(table)
    for name in (t.mutant.id for t in score.trials if not t.is_killed):
        console.print(f"survived: {name}", style="red")
    for name in score.false_alarms:
        console.print(f"false alarm: {name}", style="red")
    figures = _document(score)
    runs, servers = figures["variant_runs"], figures["variants"]
    sentences = (
        f"{figures['killed']} of {figures['mutants']} mutants killed",
        f"{len(score.false_alarms)} false alarms in {runs} runs on {servers} conforming servers",
        f"at most {figures['most_jobs']} jobs a run",
        f"{figures['median_seconds']:.3f} s of processor time in the median",
    )
    console.print("; ".join(sentences), highlight=False, soft_wrap=True)


def _rows(trials: Iterable[Trial]) -> Iterable[tuple[str, int, int, int]]:
    trials = list(trials)
    own = Counter(trial.mutant.rule for trial in trials)
    kills = Counter(rule for trial in trials for rule in trial.rules)
    alone = Counter(next(iter(trial.rules)) for trial in trials if len(trial.rules) == 1)
    return [(rule.id, own[rule.id], kills[rule.id], alone[rule.id]) for rule in RULES]


def _document(score: Score) -> dict[str, object]:
    return {
        "mutants": len(score.trials),
        "killed": score.killed,
        "errors": sum(trial.mutant.severity is Severity.ERROR for trial in score.trials),
        "survived": [trial.mutant.id for trial in score.trials if not trial.is_killed],
        "variants": len(VARIANTS),
        "variant_runs": score.variant_runs,
        "false_alarms": score.false_alarms,
        "most_jobs": max(trial.jobs for trial in score.trials),
        "median_seconds": statistics.median(trial.seconds for trial in score.trials),
        "matrix": {trial.mutant.id: sorted(trial.rules) for trial in score.trials},
    }


if __name__ == "__main__":
    raise SystemExit(main())
