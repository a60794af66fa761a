"""Durations read from headers: right for real files, None for the rest, and never an error."""

from __future__ import annotations

import io
import struct
import wave
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from miragic_mock.uploads.audio import MAX_DURATION_S, duration_s

RECORDINGS = Path(__file__).parents[3] / "demo" / "recordings"
MP3_FRAME = b"\xff\xfb\x90\x00" + bytes(
    413
)  # MPEG-1 layer III, 128 kbit/s, 44.1 kHz: 1152 samples in 417 bytes
MP3_FRAME_S = 1152 / 44_100


def wav(seconds: float, *, rate: int = 8000, channels: int = 1) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(bytes(round(seconds * rate) * 2 * channels))
    return file.getvalue()


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (16_000, 1), (44_100, 2)])
def test_a_wav_is_as_long_as_its_samples(rate: int, channels: int) -> None:
    """Whatever the rate and the number of channels."""
    assert duration_s(io.BytesIO(wav(1.5, rate=rate, channels=channels))) == pytest.approx(1.5)


@pytest.mark.parametrize("frames", [10, 200])
def test_an_mp3_of_constant_rate_is_as_long_as_its_frames(frames: int) -> None:
    """Short files are counted, longer ones are reckoned from their size."""
    found = duration_s(io.BytesIO(MP3_FRAME * frames))
    assert found == pytest.approx(frames * MP3_FRAME_S, rel=0.01)


def test_a_tag_before_an_mp3_is_no_audio() -> None:
    """An ID3 tag, as most encoders write, is skipped."""
    size = 5000
    tag = b"ID3\x04\x00\x00" + bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0)) + bytes(size)
    found = duration_s(io.BytesIO(tag + MP3_FRAME * 200))
    assert found == pytest.approx(200 * MP3_FRAME_S, rel=0.01)


def test_a_vbr_mp3_is_as_long_as_its_xing_header_says() -> None:
    """Variable rate: the number of frames is written in the first one."""
    xing = b"Xing" + struct.pack(">iii", 3, 1000, 417_000)
    first = MP3_FRAME[:4] + bytes(32) + xing
    assert duration_s(io.BytesIO(first.ljust(417, b"\0") + MP3_FRAME * 3)) == pytest.approx(
        1000 * MP3_FRAME_S
    )


def test_a_wav_written_to_a_pipe_is_measured_by_its_size() -> None:
    """A header that claims 4 GiB, because its writer could not go back to correct it, is not believed."""
    content = bytearray(wav(2.0))
    struct.pack_into("<I", content, 4, 0xFFFFFFFF)
    struct.pack_into("<I", content, 40, 0xFFFFFFFF)
    assert duration_s(io.BytesIO(bytes(content))) == pytest.approx(2.0, abs=0.01)


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the demo's recordings are not in this tree")
def test_the_demo_recordings_have_a_length() -> None:
    """Both are a few seconds of speech."""
    for name in ("hello.wav", "weather.mp3"):
        with (RECORDINGS / name).open("rb") as content:
            found = duration_s(content)
            assert content.tell() == 0
        assert found is not None
        assert 2 < found < 20


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF",
        b"RIFF\x00\x00\x00\x00WAVE",
        wav(0),
        b"this is a text",
        b"\xff\xfb",
        b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f",
        wav(1)[:30],
    ],
)
def test_what_has_no_length_is_none(content: bytes) -> None:
    """Empty, cut short, silent or no audio at all."""
    assert duration_s(io.BytesIO(content)) is None


def test_a_length_beyond_belief_is_none() -> None:
    """A header may claim a million hours; a week is the most we believe."""
    xing = b"Xing" + struct.pack(">iii", 3, 2**31 - 1, 2**31 - 1)
    first = MP3_FRAME[:4] + bytes(32) + xing
    assert duration_s(io.BytesIO(first.ljust(417, b"\0"))) is None
    assert (2**31 - 1) * MP3_FRAME_S > MAX_DURATION_S


class Counted(io.BytesIO):
    """A file that counts the bytes that were read of it."""

    total = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.total += len(data)
        return data


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xff\xfb" + b"\x00" * 3_000_000, id="an mp3 of zeros"),
        pytest.param(b"\xff\xfb" + b"\xff" * 3_000_000, id="an mp3 of ones"),
        pytest.param(b"RIFF\x00\x00\x00\x00WAVE" + b"junk\x00\x00\x00\x00" * 300_000, id="endless chunks"),
        pytest.param(
            b"RIFF\x00\x00\x00\x00WAVEfmt " + struct.pack("<I", 2_900_000) + bytes(2_900_000),
            id="a huge chunk",
        ),
        pytest.param(b"OggS" + b"\x00" * 3_000_000, id="an ogg of zeros"),
    ],
)
def test_a_crafted_header_costs_little(content: bytes) -> None:
    """However large the file, no more than half a MiB of it is read."""
    file = Counted(content)
    assert duration_s(file) is None
    assert file.total <= 512 * 1024
    assert file.tell() == 0


MAGIC = [
    b"",
    b"RIFF\x00\x00\x00\x00WAVE",
    b"\xff\xfb\x90\x00",
    b"ID3\x03\x00\x00",
    b"fLaC",
    b"OggS",
    b"\0\0\0\x18ftyp",
]
MAGIC += [
    b"FORM\0\0\0\0AIFF",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c" + bytes(13) + b"\x02",
]


@example(b"RIFF\x00\x00\x00\x00WAVE", b"fmt \x10\x00\x00\x00\x01\x00\x01\x00\x00\x00\x00\x00")
@given(st.sampled_from(MAGIC), st.binary(max_size=200))
def test_garbage_never_raises(magic: bytes, rest: bytes) -> None:
    """Whatever follows the first bytes of a known format, the answer is a length or None."""
    found = duration_s(io.BytesIO(magic + rest))
    assert found is None or 0 < found <= MAX_DURATION_S


@given(st.integers(0, 199), st.integers(0, 255))
def test_a_damaged_file_never_raises(at: int, value: int) -> None:
    """One byte of a good WAV changed: a length or None."""
    content = bytearray(wav(0.5))
    content[at] = value
    found = duration_s(io.BytesIO(bytes(content)))
    assert found is None or 0 < found <= MAX_DURATION_S
