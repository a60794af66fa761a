"""What `miragic-mock serve` prints when the mock is ready.

Rule: for people one screen, every line of which can be pasted; for programs one line of JSON.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Ready:
    """What a client has to know of a mock that is ready; the members of the JSON line are its fields.

    Attributes:
        control_token: What callers of the control API must show; None for nothing.
        tls_authority: The file that clients have to trust; None without `--tls-self-signed`.
        version: The release of the mock.
        spec: The version of the contract.
        store: The kind of store.
        submit: Method and path of a submission.
        poll: Method and path of a poll.
    """

    url: str
    control_url: str
    control_token: str | None
    tls_authority: str | None
    version: str
    spec: str
    store: str
    submit: str
    poll: str
    api_key_header: str


def ready_line(ready: Ready) -> str:
    """Return the line that programs read."""
    return json.dumps({"event": "ready", **asdict(ready)})


def welcome(ready: Ready) -> str:
    """Return the screen that people see."""
    url, header, token = ready.url, ready.api_key_header, ready.control_token
    method, _, submit = ready.submit.partition(" ")
    key_to_control = f"\n           -H 'Authorization: Bearer {token}'" if token else ""
    trust = f" --cacert {ready.tls_authority}" if ready.tls_authority else ""
    return f"""\
miragic-mock {ready.version} is ready: a fake of the Miragic speech-to-text API

  API      {url}
  Control  {ready.control_url}{key_to_control}
  State    {ready.store}

  Submit   curl{trust} -X {method} {url}{submit} -H '{header}: any-key' \\
                -F file=@hello.mp3 -F audio_format=mp3
  Poll     curl{trust} {url}{ready.poll.partition(" ")[2]} -H '{header}: any-key'

  Steer    -H 'X-Mock-Plan: done-after=5polls;outcome=failed', or hello[outcome=failed].mp3 as the file's name

It transcribes nothing: texts are made up, or yours (--transcription, --sidecar-dir, --hook).
Ctrl-C stops it."""
