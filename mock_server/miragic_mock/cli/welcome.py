"""What a person sees when the mock is ready.

Rule: one screen, and every line of it can be pasted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def welcome(facts: Mapping[str, Any]) -> str:
    """The first screen."""
    url, header = facts["url"], facts["api_key_header"]
    method, _, submit = facts["submit"].partition(" ")
    token = facts["control_token"]
    key_to_control = f"\n           -H 'Authorization: Bearer {token}'" if token else ""
    authority = facts["tls_authority"]
    trust = f" --cacert {authority}" if authority else ""
    return f"""\
miragic-mock {facts["version"]} is ready: a fake of the Miragic speech-to-text API

  API      {url}
  Control  {facts["control_url"]}{key_to_control}
  State    {facts["store"]}

  Submit   curl{trust} -X {method} {url}{submit} -H '{header}: any-key' \\
                -F file=@hello.mp3 -F audio_format=mp3
  Poll     curl{trust} {url}{facts["poll"].partition(" ")[2]} -H '{header}: any-key'

  Steer    -H 'X-Mock-Plan: done-after=5polls;outcome=failed', or hello[outcome=failed].mp3 as the file's name

It transcribes nothing: texts are made up, or yours (--transcription, --sidecar-dir, --hook).
Ctrl-C stops it."""
