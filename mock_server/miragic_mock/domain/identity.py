"""Ids, names and chance, derived from the content of a request and not drawn.

Rule: nothing here has a state. The same seed, tenant and request give the same id whatever else happens in
between, so a run can be repeated byte for byte even when its requests overtake one another.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b
from typing import Final
from uuid import UUID

from .clock import epoch_ms
from .jobs.job import Fields, Job, Upload

# 39 digits hold 2**128 - 1, the largest UUID. ASCII, since `\d` also takes the digits of other scripts, which
# would make two names of one job.
_UPLOAD_NAME: Final = re.compile(r"\d{1,16}-(?P<number>\d{1,39})\.[a-z0-9]{1,8}", re.ASCII)
_EXTENSION: Final = re.compile(r"[a-z0-9]{1,8}", re.ASCII)


def request_digest(upload: Upload, question: str, fields: Fields = ()) -> str:
    """Return 32 hexadecimal digits that are equal for submissions with the same content.

    Args:
        upload: The file, its name and its format.
        question: The question, or its default.
        fields: The form's further fields that differ from their defaults. Defaults are left out, so that a
            contract which gains an optional field gives the ids that it gave before.
    """
    # Sorted: a contract that lists its fields in another order means the same.
    further = [part for pair in sorted(fields) for part in pair]
    return _digest(upload.sha256, upload.file_name, upload.audio_format, question, *further).hex()


def job_id(seed: int, tenant_id: str, digest: str, occurrence: int) -> str:
    """Return the id of a job, shaped like a version 4 UUID.

    Args:
        seed: The tenant's seed.
        tenant_id: The tenant.
        digest: What `request_digest` gave.
        occurrence: How often the tenant has submitted that, this time included.
    """
    return _uuid4("job", seed, tenant_id, digest, occurrence)


@lru_cache(maxsize=1024)
def user_id(seed: int, tenant_id: str) -> str:
    """Return the id, shaped like a version 4 UUID, of the user behind a tenant."""
    return _uuid4("user", seed, tenant_id)


def upload_name(job: Job) -> str:
    """Return the name that an upload is linked under: `<epoch ms>-<number>.<ext>`, as the vendor has it.

    The number is the job's id in decimal, so that `job_id_of` finds the job without any index.
    """
    # `int` and not `UUID`: every poll shows this name, and the class takes four times as long.
    number = int(job.id.replace("-", ""), 16)
    # No moment before 1970: its sign would not fit `_UPLOAD_NAME`, and the name would lead nowhere.
    return f"{max(epoch_ms(job.created_at), 0)}-{number}.{extension(job.upload.audio_format)}"


def job_id_of(name: str) -> str | None:
    """Return the id of the job whose `upload_name` is `name`; None when it is not such a name."""
    match = _UPLOAD_NAME.fullmatch(name)
    if match is None or int(match["number"]) >= 1 << 128:
        return None
    return str(UUID(int=int(match["number"])))


def chance(*parts: str | int) -> float:
    """Return a number from 0 up to but not including 1 that depends on `parts` and on nothing else."""
    # 53 bits, as many as a float holds exactly. All 64 could round up to 1.0, which "up to" excludes.
    return (int.from_bytes(_digest("chance", *parts)[:8], "big") >> 11) * 2.0**-53


def seed_for(*parts: str | int) -> int:
    """Return the seed of a random source that depends on `parts` and on nothing else."""
    return int.from_bytes(_digest("random", *parts), "big")


@lru_cache(maxsize=256)
def extension(audio_format: str) -> str:
    """Return the extension of files in a format; `bin` where the format's name would make none."""
    lower = audio_format.lower()
    return lower if _EXTENSION.fullmatch(lower) else "bin"


def _uuid4(*parts: str | int) -> str:
    # What `str(UUID(bytes=..., version=4))` gives, in a third of the time (RFC 9562, section 5.4).
    digits = _digest(*parts).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def _digest(*parts: str | int) -> bytes:
    """Return 16 bytes that depend on the parts and on nothing else."""
    # Every part goes in with its length, so that no two lists of parts read the same.
    # "surrogatepass", since a lone surrogate in a text is no reason to fail.
    encoded = [str(part).encode("utf-8", "surrogatepass") for part in parts]
    data = b"".join([b"%d:%b" % (len(part), part) for part in encoded])
    # A name of its own (`person`), so that no digest here equals one of the same data elsewhere in the mock.
    return blake2b(data, digest_size=16, person=b"miragic-mock").digest()
