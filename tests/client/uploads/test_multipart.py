"""The upload as bytes: what a server parses from it, and how far it has gone."""

from __future__ import annotations

import io

import multipart
import pytest
from hypothesis import given
from hypothesis import strategies as st
from miragic_stt import AudioError
from miragic_stt._uploads.audio import open_audio
from miragic_stt._uploads.multipart import BLOCK_BYTES, MultipartBody

SOUND = b"RIFF\x24\x08\x00\x00WAVE" + bytes(range(256)) * 3


def body_of(source, fields=None, *, boundary="edge"):
    return MultipartBody(
        open_audio(source), {"question": "What?"} if fields is None else fields, boundary=boundary
    )


def parsed(body):
    _, options = multipart.parse_options_header(body.content_type)
    parts = multipart.MultipartParser(io.BytesIO(body.read()), options["boundary"], content_length=len(body))
    return list(parts)


def test_a_server_reads_the_fields_and_then_the_file():
    """The fields come first, so that a server that streams knows them when the file begins."""
    parts = parsed(body_of(("a.wav", SOUND), {"question": "Was hörst du?", "audio_format": "wav"}))
    assert [(part.name, part.filename, part.content_type) for part in parts] == [
        ("question", None, "text/plain"),
        ("audio_format", None, "text/plain"),
        ("file", "a.wav", "audio/wav"),
    ]
    assert [part.raw for part in parts] == ["Was hörst du?".encode(), b"wav", SOUND]
    for part in parts:
        part.close()


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        pytest.param("a b.mp3", "a b.mp3", id="blank"),
        pytest.param("Привет, 世界.mp3", "Привет, 世界.mp3", id="not ASCII"),
        pytest.param('say "hi".mp3', "say %22hi%22.mp3", id="quote"),
        pytest.param("a\r\nX-Evil: 1.mp3", "a%0D%0AX-Evil: 1.mp3", id="line end"),
        pytest.param("caf\udce9.mp3", "caf?.mp3", id="bytes that are no text"),
    ],
)
def test_any_file_name_stays_one_header(name, sent):
    """UTF-8 as browsers send it; what would end the header is escaped."""
    body = body_of((name, SOUND)).read()
    assert f'filename="{sent}"\r\nContent-Type: audio/wav\r\n\r\n'.encode() in body


def test_a_content_type_stays_one_header():
    """A line end in it does not become a header of its own."""
    assert (
        b"Content-Type: audio/wav  X-Evil: 1\r\n\r\n"
        in body_of(("a.wav", SOUND, "audio/wav\r\nX-Evil: 1")).read()
    )


@given(st.lists(st.integers(1, 300), min_size=1))
def test_the_same_bytes_come_whatever_the_block_size(sizes):
    """Reading in any steps gives the body of one single read, and its length is known beforehand."""
    whole = body_of(("a.wav", SOUND)).read()
    body = body_of(("a.wav", SOUND))
    pieces = [body.read(size) for size in sizes]
    assert b"".join(pieces) + body.read() == whole
    assert len(body) == len(whole)


def test_the_closing_boundary_is_handed_over_alone():
    """Until it is read, the body is incomplete on every server: that is what the retry rule rests on."""
    body = body_of(("a.wav", SOUND))
    blocks = []
    while not body.handed_over:
        blocks.append(body.read(BLOCK_BYTES))
    assert blocks[-1] == b"\r\n--edge--\r\n"
    assert blocks[-2] == SOUND


def test_an_iteration_gives_blocks_of_one_mebibyte():
    """Large enough to be fast, small enough to be no memory."""
    sound = b"RIFF\x24\x08\x00\x00WAVE" + bytes(2 * BLOCK_BYTES)
    sizes = [len(block) for block in body_of(("a.wav", sound))]
    assert sizes[1:-1] == [BLOCK_BYTES, BLOCK_BYTES, 12]


def test_a_rewound_body_is_the_same_body():
    """A repetition sends every byte again, the file included."""
    body = body_of(("a.wav", io.BytesIO(SOUND)))
    first = body.read()
    assert body.handed_over
    assert body.rewind()
    assert (body.tell(), body.handed_over) == (0, False)
    assert body.read() == first


class Pipe:
    def __init__(self, data):
        self._data = io.BytesIO(data)
        self.size = len(data)

    def read(self, size=-1):
        return self._data.read(size)

    def __len__(self):
        return self.size


def test_a_pipe_is_not_rewound_once_it_was_read_from():
    """Half a recording must never be sent as a whole one."""
    body = body_of(("a.wav", Pipe(SOUND)))
    assert body.rewind()
    whole = body.read()
    assert SOUND in whole
    assert not body.rewind()


def test_a_pipe_whose_first_bytes_only_were_sent_can_be_rewound():
    """The bytes read for the format are kept."""
    body = body_of(("a.wav", Pipe(SOUND)))
    opening = body.read(1 << 20)
    assert body.read(10) == SOUND[:10]
    assert body.rewind()
    assert body.read(1 << 20) == opening


def test_a_recording_that_shrinks_breaks_the_upload():
    """Less than was announced can only be a broken file."""
    pipe = Pipe(SOUND)
    pipe.size += 10
    with pytest.raises(AudioError, match=f"ended after {len(SOUND)} of {len(SOUND) + 10} bytes"):
        body_of(("a.wav", pipe)).read()


def test_a_recording_that_grows_is_sent_as_long_as_it_was():
    """What is added while it is sent is not part of it."""
    stream = io.BytesIO(SOUND)
    body = body_of(("a.wav", stream))
    stream.seek(0, io.SEEK_END)
    stream.write(b"more")
    stream.seek(0)
    sent = body.read()
    assert len(sent) == len(body)
    assert sent.endswith(SOUND + b"\r\n--edge--\r\n")


def test_a_disk_error_breaks_the_upload():
    """The error says that it was the audio, not the server."""

    class Failing(io.BytesIO):
        fails = False

        def read(self, size=-1):
            if self.fails:
                raise OSError(5, "Input/output error")
            return super().read(size)

    stream = Failing(SOUND)
    body = body_of(("a.wav", stream))
    stream.fails = True
    with pytest.raises(AudioError, match="cannot be read any further"):
        body.read()


def test_boundaries_are_drawn_anew():
    """Two uploads do not share one, and none is guessable from the audio."""
    boundaries = {body_of(SOUND, boundary=None).content_type for _ in range(5)}
    assert len(boundaries) == 5


class Unruly:
    """A pipe of known length that goes wrong after its first bytes, in a way of its own."""

    def __init__(self, then):
        self._begun, self._then = False, then

    def __len__(self):
        return 1000

    def read(self, size):
        if not self._begun:
            self._begun = True
            return SOUND[:size]
        return self._then(size)


def refuse(size):
    raise EOFError


@pytest.mark.parametrize(
    ("then", "said"),
    [
        pytest.param(refuse, "cannot be read any further: EOFError", id="an error of its own"),
        pytest.param(lambda size: "text", "gave something else", id="text"),
        pytest.param(lambda size: bytes(size + 1), "gave something else", id="more than it was asked for"),
    ],
)
def test_a_stream_that_goes_wrong_is_an_error_of_the_audio(then, said):
    """Whatever the stream raises or returns, the error says that the audio is to blame."""
    with pytest.raises(AudioError, match=said):
        body_of(Unruly(then)).read()


def test_a_stream_that_was_closed_meanwhile_cannot_be_rewound():
    """The error to report is that of the request."""
    stream = io.BytesIO(SOUND)
    body = body_of(stream)
    stream.close()
    assert not body.rewind()
