"""A spool holds what arrives of a recording."""

from __future__ import annotations

import hashlib

from hypothesis import given, settings
from hypothesis import strategies as st
from miragic_mock.uploads.spool import Spool


@given(
    pieces=st.lists(st.binary(max_size=700_000), max_size=4),
    keep=st.sampled_from([0, 10, 1_500_000, 1 << 30]),
)
@settings(max_examples=40, deadline=None)
def test_a_spool_gives_back_what_was_written(pieces: list[bytes], keep: int) -> None:
    """However it is cut and wherever it lies, a spool measures all of it and gives back the head it keeps."""
    whole = b"".join(pieces)
    spool = Spool(keep_bytes=keep)
    try:
        for piece in pieces:
            spool.write(piece)
        spool.finish()
        assert (spool.size_bytes, spool.sha256) == (len(whole), hashlib.sha256(whole).hexdigest())
        content = spool.content.read()
        assert len(content) == len(whole)
        assert content[:keep] == whole[:keep]
        assert spool.is_whole == (len(whole) <= keep)
        for suffix in (".mp3", ".wav", "") if spool.is_whole else ():
            path = spool.path(suffix)
            assert (path.suffix, path.read_bytes()) == (suffix, whole)
    finally:
        spool.close()
