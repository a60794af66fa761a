"""What may be uploaded, and what is refused before it costs anything."""

from __future__ import annotations

import io
from contextlib import closing
from pathlib import Path

import pytest
from miragic_stt import AudioError
from miragic_stt._uploads.audio import open_audio, recognise_format, source_name

MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(100)


class Pipe:
    """A stream that can only be read."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        # A pipe gives what is there, which may be less than what was asked for.
        return self._data.read(min(size, 7))


class SizedPipe(Pipe):
    """A pipe that knows how much will come."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._length = len(data)

    def __len__(self) -> int:
        return self._length


def everything(audio):
    return audio.head + audio.stream.read() if audio.start is not None else audio.head + b"".join(rest(audio))


def rest(audio):
    while block := audio.stream.read(1 << 20):
        yield block


@pytest.fixture
def file(tmp_path, wav):
    path = tmp_path / "talk.wav"
    path.write_bytes(wav)
    return path


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(lambda path: str(path), id="text path"),
        pytest.param(lambda path: path, id="path"),
        pytest.param(lambda path: path.read_bytes(), id="bytes"),
        pytest.param(lambda path: bytearray(path.read_bytes()), id="bytearray"),
        pytest.param(lambda path: memoryview(path.read_bytes()), id="memoryview"),
        pytest.param(lambda path: io.BytesIO(path.read_bytes()), id="stream without a name"),
        pytest.param(lambda path: SizedPipe(path.read_bytes()), id="pipe of known length"),
        pytest.param(lambda path: ("talk.wav", path.read_bytes()), id="name and data"),
        pytest.param(
            lambda path: ("talk.wav", io.BytesIO(path.read_bytes()), "audio/x-wav"), id="with a type"
        ),
    ],
)
def test_audio_comes_in_many_forms(file, wav, form):
    """Every form gives the same bytes, their length, their format, and some name."""
    with closing(open_audio(form(file))) as audio:
        assert (audio.size_bytes, audio.format) == (len(wav), "wav")
        assert audio.name in ("talk.wav", "audio.wav")
        assert everything(audio) == wav


def test_an_open_file_is_read_and_left_open(file, wav):
    """What the caller opened, the caller closes."""
    with file.open("rb") as stream:
        with closing(open_audio(stream)) as audio:
            assert audio.name == "talk.wav"
        assert not stream.closed


def test_a_path_is_opened_and_closed(file):
    """What the client opened, it closes."""
    audio = open_audio(file)
    audio.close()
    assert audio.stream.closed


def test_a_stream_is_taken_from_where_it_stands(wav):
    """What was read before belongs to the caller."""
    stream = io.BytesIO(b"header" + wav)
    stream.seek(6)
    audio = open_audio(stream)
    assert (audio.start, audio.size_bytes) == (6, len(wav))


def test_a_stream_with_seek_and_tell_needs_no_seekable(wav):
    """Older file-like objects do not have the method."""

    class Plain:
        def __init__(self):
            stream = io.BytesIO(wav)
            self.read, self.seek, self.tell = stream.read, stream.seek, stream.tell

    assert open_audio(Plain()).start == 0


def test_a_name_and_a_type_of_ones_own_are_kept(wav):
    """A tuple says what the upload is called and what it is."""
    audio = open_audio(("mine.bin", wav, "audio/x-own"))
    assert (audio.name, audio.content_type) == ("mine.bin", "audio/x-own")


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("/a/b/talk.mp3", "talk.mp3"),
        (Path("x") / "y.wav", "y.wav"),
        (b"RIFF", None),
        (("given.mp3", b""), "given.mp3"),
    ],
)
def test_a_recording_has_a_name_before_it_is_opened(source, name):
    """A batch speaks of its items by name."""
    assert source_name(source) == name


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"RIFF\x24\x08\x00\x00WAVEfmt ", "wav"),
        (b"RF64\xff\xff\xff\xffWAVEds64", "wav"),
        (b"RIFF\x24\x08\x00\x00AVI LIST", None),
        (b"ID3\x03", "mp3"),
        (b"\xff\xfb\x90\x00", "mp3"),
        (b"\xff\xf3\x40\xc4", "mp3"),
        (b"\xff\xe3\x18\xc4", "mp3"),
        (b"\xff\xf1\x50\x80", None),
        (b"\xff\xfb\xf0\x00", None),
        (b"\xff\xfb\x9c\x00", None),
        (b"\xff\xeb\x90\x00", None),
        (b"\xff\xfb", None),
        (b"OggS\x00", "Ogg"),
        (b"fLaC", "FLAC"),
        (b"\x00\x00\x00\x20ftypM4A ", "MP4/M4A"),
        (b"\x1aE\xdf\xa3", "WebM/Matroska"),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_a_format_is_known_by_its_first_bytes(head, name):
    """MP3 by its tag or a valid frame header, WAV by its chunk; AAC and reserved values are neither."""
    assert recognise_format(head) == name


def test_unknown_bytes_are_taken_at_the_callers_word():
    """A declared format settles what the first bytes leave open."""
    audio = open_audio(b"no magic at all", audio_format=".MP3")
    assert (audio.format, audio.content_type) == ("mp3", "audio/mpeg")


@pytest.mark.parametrize(
    ("source", "options", "says"),
    [
        pytest.param(b"", {}, "empty", id="no bytes"),
        pytest.param(io.BytesIO(), {}, "empty", id="empty stream"),
        pytest.param(SizedPipe(b""), {}, "empty", id="empty pipe"),
        pytest.param(b"RIFF\x24\x00\x00\x00WAVE" + bytes(32), {}, "no sound", id="only a WAV header"),
        pytest.param(io.StringIO("RIFF"), {}, "mode 'rb'", id="text stream"),
        pytest.param(Pipe(MP3), {}, "length of the stream is unknown", id="pipe of unknown length"),
        pytest.param(b"<html>not audio</html>", {}, "neither MP3 nor WAV", id="no audio"),
        pytest.param(b"OggS" + bytes(60), {}, "Ogg", id="another format"),
        pytest.param(
            b"OggS" + bytes(60), {"audio_format": "mp3"}, "Ogg", id="another format, declared as MP3"
        ),
        pytest.param(
            MP3, {"audio_format": "wav"}, "the format is stated as 'wav', but the audio is mp3", id="mismatch"
        ),
        pytest.param(MP3, {"audio_format": "ogg"}, "must be one of mp3, wav", id="format not taken"),
        pytest.param(MP3, {"audio_format": 5}, "must be one of mp3, wav, not 5", id="no format at all"),
        pytest.param("/does/not/exist.mp3", {}, "No such file", id="missing file"),
        pytest.param("/", {}, "cannot be opened", id="folder"),
        pytest.param("bad\0name.mp3", {}, "cannot be opened", id="impossible name"),
        pytest.param(42, {}, "not int", id="a number"),
        pytest.param(("name",), {}, "tuple", id="short tuple"),
        pytest.param((b"data", "name"), {}, "tuple", id="tuple the wrong way round"),
    ],
)
def test_what_cannot_be_transcribed_is_refused_with_its_reason(source, options, says):
    """Nothing is sent, and the message says what to do."""
    with pytest.raises(AudioError, match=says):
        open_audio(source, **options)


def test_a_file_opened_as_text_is_refused(tmp_path):
    """The commonest slip: open() without 'rb'."""
    path = tmp_path / "talk.wav"
    path.write_bytes(b"RIFF")
    with path.open() as stream, pytest.raises(AudioError, match=r"talk\.wav is opened as text"):
        open_audio(stream)


def test_a_stream_at_its_end_is_refused_with_the_remedy(wav):
    """A buffer that was just written stands at its end."""
    stream = io.BytesIO()
    stream.write(wav)
    with pytest.raises(AudioError, match=r"seek\(0\)"):
        open_audio(stream)


def test_a_stream_that_gives_text_is_refused():
    """Some wrappers only show it when read."""

    class Texts(SizedPipe):
        def read(self, size=-1):
            return "RIFF"

    with pytest.raises(AudioError, match="reads as str"):
        open_audio(Texts(b"RIFF"))


def test_a_refused_file_does_not_stay_open(tmp_path):
    """A refusal leaves no descriptor behind: the interpreter would warn, and warnings are errors here."""
    path = tmp_path / "empty.mp3"
    path.touch()
    with pytest.raises(AudioError, match="empty"):
        open_audio(path)


def test_a_file_that_cannot_be_read_is_refused(wav):
    """An error of the disk is an error about the audio."""

    class Broken(io.BytesIO):
        def read(self, size=-1):
            raise OSError(5, "Input/output error")

    with pytest.raises(AudioError, match="Input/output error") as caught:
        open_audio(Broken(wav))
    assert isinstance(caught.value.__cause__, OSError)


def test_a_closed_stream_is_refused(wav):
    """Whatever a stream may raise, it is audio that cannot be read."""
    stream = io.BytesIO(wav)
    stream.close()
    with pytest.raises(AudioError, match="cannot be read: I/O operation on closed file"):
        open_audio(stream)


def test_a_content_type_that_is_no_text_is_refused(wav):
    """Before anything is sent."""
    with pytest.raises(AudioError, match="content type in a tuple must be a text, not 5"):
        open_audio(("talk.wav", wav, 5))
