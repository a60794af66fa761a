"""Any bytes as audio: a format, or an AudioError; no more than the head is read to decide."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from miragic_stt import AudioError
from miragic_stt._uploads.audio import open_audio, recognise_format

MAGIC = [b"RIFF", b"RF64", b"WAVE", b"ID3", b"\xff\xfb\x90", b"OggS", b"ftyp", b"fLaC", b"FORM", b"\0" * 4]
HEADS = st.lists(st.sampled_from(MAGIC) | st.binary(max_size=20)).map(b"".join)


@given(HEADS)
def test_any_bytes_are_a_format_or_an_error_of_ours(data):
    """Invariant: no exception but AudioError, and a work that does not grow with the audio."""
    stream = io.BytesIO(data + bytes(100_000))
    read = []
    stream.read = lambda size=-1: read.append(size) or io.BytesIO.read(stream, size)  # type: ignore[method-assign]
    try:
        audio = open_audio(stream)
    except AudioError:
        pass
    else:
        assert audio.format == recognise_format(data + bytes(64))
        assert stream.tell() == 0
    assert sum(read) <= 200


@given(HEADS, st.sampled_from([None, "mp3", "wav"]))
def test_bytes_are_as_good_as_a_stream(data, declared):
    """Invariant: the same answer for bytes, whole; also where they end early."""
    try:
        audio = open_audio(data, audio_format=declared)
    except AudioError:
        return
    assert (audio.size_bytes, audio.stream.read()) == (len(data), data)
