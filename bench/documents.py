"""What is asked and answered in every measurement: the contract's own paths and examples.

Rule: all servers are asked the same and say the same, so they differ only in how they get there.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from miragic_contracts.spec import Spec, load_spec

BOUNDARY: Final = "----miragic-bench-boundary"
CONTENT_TYPE: Final = f"multipart/form-data; boundary={BOUNDARY}"
_HEAD: Final = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="audio_format"\r\n\r\nmp3\r\n'
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="question"\r\n\r\nTranscribe this audio:\r\n'
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="welcome.mp3"\r\n'
    "Content-Type: audio/mpeg\r\n\r\n"
).encode()
_TAIL: Final = f"\r\n--{BOUNDARY}--\r\n".encode()


@dataclass(frozen=True, slots=True)
class Documents:
    """Paths and bodies. `poll` is a template with one name in braces; `job` is a path of it."""

    submit: str
    poll: str
    job: str
    created: str
    shown: str

    def path(self, job_id: str) -> str:
        """Where a job is polled."""
        head, _, rest = self.poll.partition("{")
        return head + job_id + rest.partition("}")[2]

    def write(self, folder: Path) -> None:
        """Leave them where the programs of this package look for them: in the folder they are started in."""
        (folder / "documents.json").write_text(json.dumps(asdict(self)), encoding="utf-8")


def documents(spec: Spec | None = None) -> Documents:
    """The contract's; of a job, the example of its first state, which is what pollers mostly see."""
    spec = load_spec() if spec is None else spec
    created = next(iter(spec.submit.successes[0].json.examples.values()))  # type: ignore[union-attr]  # has one
    examples = spec.poll.successes[0].json.examples  # type: ignore[union-attr]  # has some, or it would not load
    shown = examples[spec.lifecycle.states[spec.lifecycle.initial].example]
    head, _, rest = spec.poll.path.partition("{")
    job = head + str(created["data"]["jobId"]) + rest.partition("}")[2]
    return Documents(spec.submit.path, spec.poll.path, job, _json(created), _json(shown))


def form(file: bytes) -> bytes:
    """A submission as HTTP libraries write it, whose recording is `file`."""
    return _HEAD + file + _TAIL


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
