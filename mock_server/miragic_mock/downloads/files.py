"""Serving what links lead to: the upload as it came, and the text of a job that ended.

Rule: to have the link is to have the file (Q12); the text's link is signed and expires (D17).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, Protocol
from urllib.parse import parse_qs

from ..domain.jobs.lifecycle import state
from ..domain.tenants import Tenant
from ..exchange.call import Call
from ..exchange.messages import TEXT, Answer
from ..exchange.refusals import RefusedError
from ..exchange.routes import Found
from ..stores.protocol import Store
from .links import Linked, Links

_CHUNK: Final = 256 * 1024
_AUDIO_TYPES: Final = {"mp3": "audio/mpeg", "wav": "audio/wav"}


_ONLY_READ: Final[Found[Any]] = Found({"GET": None}, {})
"""What a link can be asked for."""


class Tenants(Protocol):
    """Finds tenants by their ids."""

    def find(self, name: str, real: float) -> Tenant | None:
        """Return the tenant of that id; None for none, and for one whose time is over at `real`."""


@dataclass(frozen=True, slots=True)
class Files:
    """Serves both kinds of files."""

    store: Store
    links: Links

    def answer(self, call: Call, linked: Linked, tenants: Tenants) -> Answer:
        """Return the file that a link leads to.

        Raises:
            RefusedError: 404 for a job or upload that is not kept, 403 for a bad signature or one past its
                time, 405 for anything but reading.
        """
        if call.request.method not in ("GET", "HEAD"):
            return _ONLY_READ.without_operation(call.request.method)
        tenant = tenants.find(linked.tenant, call.real_at)
        job = self.store.job(linked.tenant, linked.job_id)
        if tenant is None or job is None or not self.links.are_of(job, call.request.path):
            raise RefusedError(404, "There is no such file: the job is gone.")
        call.tenant, call.job_id = tenant, job.id
        call.at = tenant.clock.now(call.at)
        if linked.file == "text":
            self._check_signature(call, linked)
            shown = state(job, call.at, self.store.polls(tenant.id, job.id))
            text = (shown.transcription or "").encode("utf-8", "replace")
            return Answer(200, text, (("Content-Type", TEXT),))
        content = self.store.blob(tenant.id, job.upload.sha256)
        if content is None:
            raise RefusedError(404, "There is no such file: the upload is not kept.")
        audio_type = _AUDIO_TYPES.get(job.upload.audio_format, "application/octet-stream")
        return Answer(200, _pieces(content), (("Content-Type", audio_type),))

    def _check_signature(self, call: Call, linked: Linked) -> None:
        query = parse_qs(call.request.query)
        expires, signature = query.get("expires", [""])[-1], query.get("signature", [""])[-1]
        if not self.links.is_signed(linked, expires=expires, signature=signature):
            raise RefusedError(403, "The link's signature is wrong: use it as it was given.")
        # After the signature was judged, which also makes sure that this is a number of sane length.
        if call.at > int(expires):
            raise RefusedError(403, "The link has expired: ask for the job again for a fresh one.")


def _pieces(content: BinaryIO) -> Iterator[bytes]:
    with content:
        while piece := content.read(_CHUNK):
            yield piece
