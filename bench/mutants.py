"""`python -m bench.mutants`: the kill matrix, mutant by rule, with false alarms, jobs and seconds.

A row is a mutant, under the rule that must find it; a column is a rule. `#` is that rule's find, `+` another
one's, `.` is none. The gates are the tests' (`tests/broken_servers`); this prints what they are about.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from miragic_contracts.checker import Verdict
from miragic_contracts.rules import RULES, Severity
from rich.console import Console
from rich.progress import track
from rich.text import Text

from tests.broken_servers import gates
from tests.broken_servers.catalogue import MUTANTS
from tests.broken_servers.matrix import killers
from tests.broken_servers.mutant import Mutant
from tests.broken_servers.trial import check_server
from tests.broken_servers.variants import VARIANTS

_NUMBERS = {rule.id: number for number, rule in enumerate(RULES, 1)}
_NAME_WIDTH = 44


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
    def most_jobs(self) -> int:
        return max(trial.jobs for trial in self.trials)

    @property
    def median_s(self) -> float:
        return statistics.median(trial.seconds for trial in self.trials)

    @property
    def alone(self) -> Counter[str]:
        """How many of its own mutants each rule is the only one to find."""
        return Counter(t.mutant.rule for t in self.trials if t.rules == {t.mutant.rule})

    def missed(self) -> Iterator[str]:
        """The gates that were not reached, as sentences."""
        yield from (f"survived: {trial.mutant.id}" for trial in self.trials if not trial.is_killed)
        yield from (f"false alarm: {name}" for name in self.false_alarms)
        yield from (f"no mutant is found by {rule.id} alone" for rule in RULES if not self.alone[rule.id])
        if self.most_jobs > gates.MOST_JOBS:
            yield f"a run made {self.most_jobs} jobs; {gates.MOST_JOBS} are allowed"
        if self.median_s >= gates.MEDIAN_S:
            yield f"{self.median_s:.1f} s in the median; less than {gates.MEDIAN_S:g} are allowed"


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the matrix; leaves with 1 where a gate was not reached."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutants", description=__doc__)
    parser.add_argument(
        "--seeds",
        type=int,
        default=len(gates.SEEDS),
        help="for the conforming variants (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="for programs: one object")
    options = parser.parse_args(arguments)
    score = measured(options.seeds)
    if options.json:
        print(json.dumps(_document(score), indent=2))
    else:
        _show(score, Console(highlight=False, soft_wrap=True))
    return 1 if any(score.missed()) else 0


def measured(seeds: int) -> Score:
    """Checks the whole catalogue, and tells on standard error how far it is."""
    told = Console(stderr=True)
    score = Score([trial_of(mutant) for mutant in track(MUTANTS, "mutants", console=told, transient=True)])
    runs = [(variant, seed) for variant in VARIANTS for seed in range(seeds)]
    for variant, seed in track(runs, "conforming servers", console=told, transient=True):
        report = check_server(variant.make(), settings=variant.settings, seed=seed)
        score.variant_runs += 1
        if report.verdict is not Verdict.PASS:
            score.false_alarms.append(f"{variant.id}, seed {seed}")
    return score


def trial_of(mutant: Mutant, seed: int = 1) -> Trial:
    """Checks one mutant."""
    began_s = time.process_time()
    report = mutant.checked(seed=seed)
    seconds = time.process_time() - began_s
    jobs = report.spent.jobs if report.spent else 0
    return Trial(mutant, frozenset(killers(report, mutant.severity)), jobs, seconds)


def _show(score: Score, console: Console) -> None:
    for rule in RULES:
        own = [trial for trial in score.trials if trial.mutant.rule == rule.id]
        console.print(_heading(rule.id, score, own))
        for trial in own:
            console.print(_row(trial))
    for sentence in score.missed():
        console.print(sentence, style="red")
    jobs, seconds = (sum(spent) for spent in zip(*((t.jobs, t.seconds) for t in score.trials), strict=True))
    sentences = (
        f"{score.killed} of {len(score.trials)} mutants killed",
        f"{len(score.false_alarms)} false alarms in {score.variant_runs} runs on {len(VARIANTS)} servers",
        f"at most {score.most_jobs} jobs a run, {jobs} in all",
        f"{score.median_s:.3f} s of processor time in the median, {seconds:.0f} s in all",
    )
    console.print("; ".join(sentences))


def _heading(rule: str, score: Score, own: Sequence[Trial]) -> Text:
    """The rule's number, name and sums, and beside them the numbers of the columns."""
    kills = sum(rule in trial.rules for trial in score.trials)
    sums = f"   finds {kills}; {score.alone[rule]} of its own {len(own)} alone"
    tens = "".join(f"{number // 10 or ' '}" for number in _NUMBERS.values())
    ones = "".join(f"{number % 10}" for number in _NUMBERS.values())
    head = Text(f"\n{f'{_NUMBERS[rule]:>2} {rule}':<{_NAME_WIDTH}}", "bold")
    return head.append(f" {tens}\n{sums:<{_NAME_WIDTH}} {ones}  jobs      s", "not bold dim")


def _row(trial: Trial) -> Text:
    marks = (
        "." if name not in trial.rules else "#" if name == trial.mutant.rule else "+" for name in _NUMBERS
    )
    row = Text(f"   {trial.mutant.id:<{_NAME_WIDTH - 3}} ", "" if trial.is_killed else "red")
    return row.append("".join(marks)).append(f"  {trial.jobs:4} {trial.seconds:6.2f}", "dim")


def _document(score: Score) -> dict[str, object]:
    return {
        "mutants": len(score.trials),
        "killed": score.killed,
        "errors": sum(trial.mutant.severity is Severity.ERROR for trial in score.trials),
        "survived": [trial.mutant.id for trial in score.trials if not trial.is_killed],
        "variants": len(VARIANTS),
        "variant_runs": score.variant_runs,
        "false_alarms": score.false_alarms,
        "most_jobs": score.most_jobs,
        "median_seconds": score.median_s,
        "missed": list(score.missed()),
        "matrix": {trial.mutant.id: sorted(trial.rules) for trial in score.trials},
        "jobs": {trial.mutant.id: trial.jobs for trial in score.trials},
        "seconds": {trial.mutant.id: round(trial.seconds, 3) for trial in score.trials},
    }


if __name__ == "__main__":
    raise SystemExit(main())
