"""`make fuzz`: try each parser of the mock for some time, guided by coverage where Atheris is installed.

Rule: an input that breaks a promise is kept in the corpus, where the tests find it from then on.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, given, seed, settings

from .target import CORPUS, Target

_ROOT: Final = Path(__file__).parents[2]
_EXAMPLES: Final = 500


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the parsers that are named, or all of them.

    Returns:
        0 when every promise was kept, 1 when one was not.
    """
    options = _parser().parse_args(arguments)
    if options.guided:
        _guided(options.guided, options.seconds, options.folder)
    from . import mocks
    from .targets import TARGETS

    has_atheris = importlib.util.find_spec("atheris") is not None
    how = "guided by Atheris" if has_atheris else "by Hypothesis: Atheris is not installed"
    print(f"{options.seconds:.0f} s each, {how}", file=sys.stderr, flush=True)
    broken = []
    for target in TARGETS:
        if options.targets and target.name not in options.targets:
            continue
        is_kept = (_by_atheris if has_atheris else _by_hypothesis)(target, options.seconds)
        print(f"  {'kept' if is_kept else 'BROKEN'}: {target.name}", file=sys.stderr, flush=True)
        broken += [] if is_kept else [target.name]
    mocks.stop()
    return 1 if broken else 0


def _by_hypothesis(target: Target, seconds: float) -> bool:
    until = time.monotonic() + seconds
    chance = random.Random()
    while time.monotonic() < until:
        failing, error = _tried(target, chance.random())
        if error is not None:
            print(f"  {target.name}: {type(error).__name__}: {error}"[:500], file=sys.stderr)
            _keep(target.name, failing)
            return False
    return True


def _tried(target: Target, chance: float) -> tuple[bytes, Exception | None]:
    """Try some inputs; return the smallest that breaks a promise, and how it did."""
    failing = b""

    def attempt(data: bytes) -> None:
        nonlocal failing
        try:
            target.check(data)
        except Exception:
            failing = data  # Hypothesis shrinks what fails, so the last is the smallest
            raise

    unhurried = settings(
        max_examples=_EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    test = seed(chance)(unhurried(given(data=target.inputs())(attempt)))
    try:
        test()
    except Exception as error:
        return failing, error
    return failing, None


def _by_atheris(target: Target, seconds: float) -> bool:
    """Let a process of its own try a parser: libFuzzer ends the process that it runs in."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        # What libFuzzer finds worth trying lies in the first, what breaks a promise in the second.
        (Path(folder) / "seen").mkdir()
        (Path(folder) / "found").mkdir()
        command = [sys.executable, "-m", "tests.fuzz", "--guided", target.name, "--seconds", str(seconds)]
        finished = subprocess.run(
            [*command, "--folder", folder], cwd=_ROOT, capture_output=True, text=True, check=False
        )
        if finished.returncode == 0:
            return True
        said = (finished.stdout + finished.stderr).splitlines()
        print("\n".join(line for line in said if not line.startswith("INFO"))[-3000:], file=sys.stderr)
        for artifact in (Path(folder) / "found").iterdir():
            _keep(target.name, artifact.read_bytes())
        return False


def _guided(name: str, seconds: float, folder: str) -> None:
    """Try one parser in this process, which libFuzzer ends."""
    import atheris

    with atheris.instrument_imports(include=["miragic_mock", "multipart", "tinytag"]):
        from .targets import TARGETS
    target = next(target for target in TARGETS if target.name == name)
    atheris.Setup(
        [
            sys.argv[0],
            f"-max_total_time={max(1, round(seconds))}",
            f"-artifact_prefix={folder}/found/",
            "-max_len=4096",
            "-timeout=20",
            "-verbosity=0",
            f"{folder}/seen",
            str(CORPUS / name),
        ],
        target.check,
    )
    atheris.Fuzz()


def _keep(name: str, data: bytes) -> None:
    """Write an input to the corpus, where it is not there yet."""
    if any(sample.read_bytes() == data for sample in (CORPUS / name).glob("*")):
        return
    path = CORPUS / name / f"found-{hashlib.sha256(data).hexdigest()[:12]}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    print(f"  kept as {path.relative_to(_ROOT)}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description="Try each parser of the mock with whatever it may be sent."
    )
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="names of parsers; default: all")
    parser.add_argument("--seconds", type=float, default=30, help="for each parser (30)")
    parser.add_argument("--guided", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
