"""Links that a job's document gives away: to the upload, and to the text, signed and for a while.

Rule: a link carries all that is needed to serve it (tenant, job, signature), so no index is kept and any
process that shares the store can serve it.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Literal, NamedTuple

from ..domain.identity import job_id_of, upload_name
from ..domain.jobs.job import Job

TEXT_LINK_TTL_S: Final = 3600
"""How long the link to a text works after the job has ended, in seconds on the tenant's clock."""

_REST: Final = re.compile(r"/(?P<tenant>[0-9a-f]{32})/(?P<text>text/)?(?P<name>[0-9a-z.-]{1,80})", re.ASCII)


class Linked(NamedTuple):
    """What a link leads to.

    Attributes:
        tenant: Whose job it is.
        job_id: The job.
        file: Which of the job's two files.
    """

    tenant: str
    job_id: str
    file: Literal["upload", "text"]


@dataclass(frozen=True, slots=True)
class Links:
    """Makes links and recognises them.

    Attributes:
        folder: The path that uploads lie below, as in the contract's example.
        secret: The key of the signatures.
    """

    folder: str
    secret: bytes

    def upload(self, job: Job) -> str:
        """Return the path of the link to a job's upload."""
        return f"{self.folder}/{job.tenant}/{upload_name(job)}"

    def text(self, job: Job, ended_at: float) -> str:
        """Return the path and query of the link to the text of a job that ended at `ended_at`."""
        # From the end of the job and not from now, so that every poll shows the same link.
        expires = int(ended_at) + TEXT_LINK_TTL_S
        name = upload_name(job).partition(".")[0]
        signature = self._signature(job.tenant, job.id, expires)
        return f"{self.folder}/{job.tenant}/text/{name}.txt?expires={expires}&signature={signature}"

    def are_of(self, job: Job, path: str) -> bool:
        """Return whether a path is that of one of the job's links, to the letter."""
        return path in (self.upload(job), self.text(job, 0).partition("?")[0])

    def find(self, path: str) -> Linked | None:
        """Return what the link with this path leads to, None when it is none of ours."""
        if not path.startswith(self.folder):
            return None
        match = _REST.fullmatch(path, len(self.folder))
        job_id = match and job_id_of(match["name"])
        if not match or not job_id:
            return None
        return Linked(match["tenant"], job_id, "text" if match["text"] else "upload")

    def is_signed(self, linked: Linked, *, expires: str, signature: str) -> bool:
        """Return whether a signature is ours; whether the link has expired is for the caller to judge."""
        # `isdigit` alone takes digits of other scripts; beyond 4300 digits `int` raises.
        if not expires.isascii() or not expires.isdigit() or len(expires) > 15:
            return False
        expected = self._signature(linked.tenant, linked.job_id, int(expires))
        # As bytes: of texts, `compare_digest` takes only those in ASCII.
        return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogatepass"))

    def _signature(self, tenant: str, job_id: str, expires: int) -> str:
        # BLAKE2 takes a key itself (RFC 7693), so no HMAC around it is needed.
        signed = f"{tenant}/{job_id}/{expires}".encode()
        return blake2b(signed, key=self.secret, digest_size=16).hexdigest()
