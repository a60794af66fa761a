"""The requests and answers of every measurement: the contract's own paths and examples.

Rule: all servers get the same requests and give the same answers, so they differ only in the work between.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from miragic_contracts.spec import Spec, load_spec

_BOUNDARY: Final = "----miragic-bench-boundary"
CONTENT_TYPE: Final = f"multipart/form-data; boundary={_BOUNDARY}"
_HEAD: Final = (
    f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="audio_format"\r\n\r\nmp3\r\n'
    f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="question"\r\n\r\nTranscribe this audio:\r\n'
    f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="welcome.mp3"\r\n'
    "Content-Type: audio/mpeg\r\n\r\n"
).encode()
_TAIL: Final = f"\r\n--{_BOUNDARY}--\r\n".encode()


@dataclass(frozen=True, slots=True)
class Documents:
    """Paths and bodies.

    Attributes:
        submit: The path to submit to.
        poll: The path to poll, with the name of its parameter in braces.
        job: The path of one job.
        created: The body that answers a submission.
        shown: The body that answers a poll.
    """

    submit: str
    poll: str
    job: str
    created: str
    shown: str

    def path(self, job_id: str) -> str:
        """Return the path of a job."""
        head, _, rest = self.poll.partition("{")
        return head + job_id + rest.partition("}")[2]

    def write(self, folder: Path) -> None:
        """Write the documents to the file that `programs.canned` reads, which looks in its working folder."""
        (folder / "documents.json").write_text(json.dumps(asdict(self)), encoding="utf-8")


def documents(spec: Spec | None = None) -> Documents:
    """Return the documents of a contract, by default the project's own.

    A job is shown by the example of its first state, as that is what pollers mostly see.
    """
    spec = load_spec() if spec is None else spec
    created = next(iter(spec.submit.successes[0].json.examples.values()))  # type: ignore[union-attr]  # has one
    examples = spec.poll.successes[0].json.examples  # type: ignore[union-attr]  # has some, or it would not load
    shown = examples[spec.lifecycle.states[spec.lifecycle.initial].example]
    head, _, rest = spec.poll.path.partition("{")
    job = head + str(created["data"]["jobId"]) + rest.partition("}")[2]
    return Documents(spec.submit.path, spec.poll.path, job, _json(created), _json(shown))


def form(file: bytes) -> bytes:
    """Return the body of a submission of the recording `file`, as HTTP libraries write it."""
    return _HEAD + file + _TAIL


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
