"""A request before it is sent: what the checker plans, and a driver sends."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from miragic_contracts.trace import Form, Intent, Key


@dataclass(frozen=True, slots=True)
class Upload:
    """One file part. `field` is its name in the form, `media_type` what the part says of itself."""

    field: str
    file_name: str
    media_type: str
    content: bytes = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `path` stands below the base URL. `header` is the key's header as it is spelt this time.

    `fields` are the parts of the form beside the file; a call with neither has no body. `job` is the number
    of the job that it concerns.
    """

    operation: str
    intent: Intent
    method: str
    path: str
    header: str
    key: Key = Key.FIRST
    fields: tuple[tuple[str, str], ...] = ()
    upload: Upload | None = None
    job: int | None = None

    @property
    def form(self) -> Form | None:
        """What a trace keeps of the form; None where there is none."""
        if not self.fields and self.upload is None:
            return None
        if self.upload is None:
            return Form(self.fields)
        upload = self.upload
        return Form(self.fields, upload.file_name, upload.media_type, len(upload.content), upload.field)
