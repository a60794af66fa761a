"""Applying overlays to a contract.

Of JSONPath (RFC 9535) names, indexes and `*` are understood. Anything else is refused, not skipped.

ContractError
└── OverlayError
"""

from __future__ import annotations

import copy
import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from ..errors import ContractError
from ..spec import Spec, SpecError, default_spec_path, load_spec
from ..spec.build import parse_spec
from ..spec.source import parse, read

_STEP: Final = re.compile(
    r"""\.(?P<name>[A-Za-z_][\w-]*) | \.(?P<dot_all>\*) | \[(?P<index>\d+)\] | \[(?P<all>\*)\]
    | \['(?P<single>(?:[^'\\]|\\.)*)'\] | \["(?P<double>(?:[^"\\]|\\.)*)"\]""",
    re.VERBOSE,
)

# No text, since a quoted `['*']` is a name.
_ALL: Final = object()


class OverlayError(ContractError):
    """A file is no overlay, or does not fit the contract.

    Attributes:
        problem: What was expected and what is there.
        action: The number of the action at fault, counted from 1; 0 for the whole overlay.
        path: The file, "" where there is none.
    """

    def __init__(self, problem: str, action: int = 0, path: str = "") -> None:
        super().__init__(problem, action, path)
        self.problem = problem
        self.action = action
        self.path = path

    def __str__(self) -> str:
        where = f"overlay {self.path}".rstrip() + (f", action {self.action}" if self.action else "")
        return f"{where}: {self.problem}"


def read_overlay(text: str) -> dict[str, Any]:
    """Read an overlay from its YAML or JSON text.

    Raises:
        OverlayError: It is no overlay.
    """
    try:
        overlay = parse(text)
    except SpecError as error:
        raise OverlayError(error.problem) from error
    if not str(overlay.get("overlay", "")).startswith("1."):
        raise OverlayError(f"expected `overlay: 1.0.0`, got {overlay.get('overlay')!r}")
    actions = overlay.get("actions")
    if not isinstance(actions, list) or not all(isinstance(action, Mapping) for action in actions):
        raise OverlayError("expected `actions`, a list")
    return overlay


def apply_overlay(document: Mapping[str, Any], overlay: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a document with an overlay's actions carried out, in order.

    Raises:
        OverlayError: A target cannot be read, or matches nothing. The standard allows the latter, but an
            overlay that changes nothing is out of date.
    """
    changed: dict[str, Any] = copy.deepcopy(dict(document))
    for number, action in enumerate(overlay["actions"], 1):
        steps = tuple(_steps(str(action.get("target", "")), number))
        # All places first: an action must not see what it changes itself.
        places = list(_places(changed, steps))
        if not places:
            raise OverlayError(f"its target {action.get('target')} is not in the document", number)
        for holder, key in places:
            _act(action, holder, key, number)
    return changed


def load_spec_with(path: Path | None, overlays: Sequence[Path]) -> Spec:
    """Load a contract with overlays applied, in order.

    Lines are those of the file. What an overlay adds has the line of the nearest element around it.

    Args:
        path: The OpenAPI file; None for the one that comes with this package.
        overlays: The files of the overlays.

    Raises:
        SpecError: The contract is at fault, before or after the overlays.
        OverlayError: An overlay is at fault.
    """
    if not overlays:
        return load_spec(path)
    file = default_spec_path() if path is None else path
    text = read(file)
    document: Mapping[str, Any] = parse(text)
    for overlay in overlays:
        document = _applied(document, overlay)
    # Dumped and read again, so that the result goes through every check of the loader.
    dumped = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    try:
        spec = parse_spec(dumped, path=str(file))
    except SpecError as error:
        names = " and ".join(map(str, overlays))
        raise SpecError(f"with {names} applied: {error.problem}", error.pointer, str(file)) from error
    # Lines are looked up in the text. Those of the dump would be of a file that nobody has.
    return dataclasses.replace(spec, text=text)


def _applied(document: Mapping[str, Any], overlay: Path) -> dict[str, Any]:
    """Apply the overlay in a file. Its errors name the file."""
    try:
        return apply_overlay(document, read_overlay(read(overlay)))
    except SpecError as error:
        raise OverlayError(error.problem, path=str(overlay)) from error
    except OverlayError as error:
        raise OverlayError(error.problem, error.action, str(overlay)) from error


def _steps(target: str, number: int) -> Iterator[Any]:
    """Yield the steps of a JSONPath: a name, an index, or `_ALL`."""
    rest = target.removeprefix("$") if target.startswith("$") else None
    while rest:
        found = _STEP.match(rest)
        if not found:
            rest = None
            break
        rest = rest[found.end() :]
        if found["index"] is not None:
            yield int(found["index"])
        elif found["all"] or found["dot_all"]:
            yield _ALL
        else:
            quoted = found["single"] if found["single"] is not None else found["double"]
            yield found["name"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
    if rest is None:
        raise OverlayError(f"expected a target of names, indexes and *, got {target!r}", number)


def _places(document: Any, steps: tuple[Any, ...]) -> Iterator[tuple[Any, Any]]:
    """Yield the places that a path leads to, each as what holds it and the key there.

    The root is held by a list of one, so that it can be replaced like any other place.
    """
    reached: list[tuple[Any, Any]] = [([document], 0)]
    for step in steps:
        reached = [place for holder, key in reached for place in _below(holder[key], step)]
    yield from reached


def _below(node: Any, step: Any) -> Iterator[tuple[Any, Any]]:
    if step is _ALL:
        keys = node.keys() if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        yield from ((node, key) for key in list(keys))
    elif (isinstance(node, dict) and step in node) or (
        isinstance(node, list) and isinstance(step, int) and step < len(node)
    ):
        yield node, step


def _act(action: Mapping[str, Any], holder: Any, key: Any, number: int) -> None:
    # First, since `update` means nothing beside `remove: true` (Overlay 1.0.0, "Action Object").
    if action.get("remove") is True:
        del holder[key]
    elif "update" in action:
        holder[key] = _merged(holder[key], action["update"])
    else:
        raise OverlayError("expected `update` or `remove: true`", number)


def _merged(old: Any, new: Any) -> Any:
    """Merge a value into another, as the standard has it, and return the result.

    Objects are merged at every depth, in place. A list gets what is new at its end. Anything else is
    replaced.
    """
    if isinstance(old, dict) and isinstance(new, Mapping):
        # Copied for each place: what stands in several places at once would change in all of them later on.
        for name, value in new.items():
            old[name] = _merged(old[name], value) if name in old else copy.deepcopy(value)
        return old
    if isinstance(old, list):
        old.extend(copy.deepcopy(new) if isinstance(new, list) else [copy.deepcopy(new)])
        return old
    return copy.deepcopy(new)
