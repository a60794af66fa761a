"""A request before it is sent: the checker plans it, and a driver sends it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from ..trace import Form, Intent, Key


@dataclass(frozen=True, slots=True)
class Upload:
    """The file of a form.

    Attributes:
        field: The field of the form that holds it.
        file_name: The name that it is sent under.
        media_type: The media type that it is sent with.
        content: Its bytes.
    """

    field: str
    file_name: str
    media_type: str
    content: bytes = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A request. One with neither `fields` nor `upload` has no body.

    Attributes:
        operation: The `operationId` of the operation that it addresses.
        intent: What it is for.
        method: The HTTP method.
        path: The target below the base URL.
        header: The name of the header that carries the key, as it is spelt this time.
        key: Which key it carries.
        fields: The fields of the form beside the file.
        upload: The file of the form.
        job: The number of the job that it concerns, None for none.
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
        """What a trace keeps of the form, None where there is none."""
        if not self.fields and self.upload is None:
            return None
        if self.upload is None:
            return Form(self.fields)
        upload = self.upload
        return Form(self.fields, upload.file_name, upload.media_type, len(upload.content), upload.field)
