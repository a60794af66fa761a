"""What comes in requests: heads, targets, forms, names of files, recordings, bodies, links."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from io import BytesIO
from typing import Final
from urllib.parse import urlsplit

from miragic_mock.downloads.links import Links
from miragic_mock.errors import PlanError
from miragic_mock.exchange.messages import Answer
from miragic_mock.exchange.refusals import RefusedError
from miragic_mock.language.plans import from_tag, parse_plan
from miragic_mock.uploads.audio import MAX_DURATION_S, duration_s
from miragic_mock.uploads.form import form_of
from miragic_mock.uploads.multipart import receive

from .mocks import address, control, engine, request, submitted
from .target import Target, as_text, repeated

_WITHIN_S: Final = 10.0
_REFUSED: Final = (400, 413, 415)
BOUNDARY: Final = b"b0"
_TYPE: Final = "multipart/form-data; boundary=b0"
_FORMAT: Final = b'--b0\r\nContent-Disposition: form-data; name="audio_format"\r\n\r\nmp3\r\n'
_END: Final = b"\r\n--b0--\r\n"


def _file(disposition: bytes, content: bytes = b"sound") -> bytes:
    """Return a form with one file, whose header ends as given."""
    head = b'--b0\r\nContent-Disposition: form-data; name="file"' + disposition
    return _FORMAT + head + b"\r\n\r\n" + content + _END


def _head(data: bytes) -> None:
    """Answer or end, soon and never with a 500; and go on serving others."""
    answer = _sent(data)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 "), answer[:100]
    assert not answer.startswith(b"HTTP/1.1 500"), data[:200]
    assert _sent(b"GET /_mock/health HTTP/1.0\r\nHost: localhost\r\n\r\n").startswith(b"HTTP/1.1 200")


def _sent(data: bytes) -> bytes:
    """Return all that the server says to some bytes, up to the end of the connection."""
    with socket.create_connection(address(), timeout=_WITHIN_S) as client:
        pieces = []
        try:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            while piece := client.recv(65_536):
                pieces.append(piece)
        except ConnectionError:  # it may end a connection with data in flight
            pass
        return b"".join(pieces)


def _multipart(data: bytes) -> None:
    """Take a form or refuse it."""
    form = form_of(engine().spec)
    body = request("POST", "/", data, Content_Type=_TYPE)
    status = 201
    try:
        received = receive(body, form, max_file_bytes=1_000_000, keep_bytes=1_000_000)
    except RefusedError as error:
        status = error.status
    else:
        assert received.file is None or received.file.size_bytes <= len(data)
        received.close()
    assert status in (201, *_REFUSED)


def _content_type(data: bytes) -> None:
    text = as_text(data)
    answer = submitted(_file(b'; filename="a.mp3"'), "multipart/form-data" + text)
    assert answer.status in (201, *_REFUSED), (answer.status, text)


def _file_name(data: bytes) -> None:
    """Take any name, in any charset that is named, or leave it; a broken tag in it is refused."""
    if b"\n" not in data and b"\r" not in data:
        answer = submitted(_file(b"; filename*=" + data), _TYPE)
        assert answer.status in (201, 400), answer


def _plan_header(data: bytes) -> None:
    """Refuse a plan that cannot be read, and make no job of it."""
    text = data.decode("latin-1")
    answer = submitted(_file(b'; filename="a.mp3"'), _TYPE, X_Mock_Plan=text)
    _is_by_plan(answer, lambda: parse_plan(text))


def _question(data: bytes) -> None:
    text = data.replace(b"\n--b0", b"")
    part = b'--b0\r\nContent-Disposition: form-data; name="question"\r\n\r\n' + text + b"\r\n"
    answer = submitted(part + _file(b'; filename="a.mp3"'), _TYPE)
    _is_by_plan(answer, lambda: from_tag(text.decode("utf-8", "replace")))


def _is_by_plan(answer: Answer, read: Callable[[], object]) -> None:
    try:
        read()
    except PlanError:
        assert answer.status == 400, answer
    # A fault that was planned may answer anything, and so may a plan that this door cannot carry out.
    assert 200 <= answer.status < 600


def _control(data: bytes) -> None:
    """Refuse what the document does not allow, whatever the operation."""
    operations = _operations()
    method, path = operations[data[0] % len(operations)] if data else operations[0]
    if (method, path) == ("GET", "/wait"):
        return
    target = "/_mock" + path.replace("{jobId}", "x").replace("{tenantId}", "0" * 32)
    for query, body in ((b"", data[1:]), (data[1:], b"")):
        answer = control().handle(request(method, target, body, query=as_text(query)))
        assert answer.status < 500, (method, path, answer)
        content = answer.whole_body()
        if dict(answer.headers).get("Content-Type") == "application/json" and content:
            json.loads(content)


def _operations() -> list[tuple[str, str]]:
    return [
        (method.upper(), path)
        for path, item in control().document.value["paths"].items()
        for method in item
        if method != "parameters"
    ]


def _path(data: bytes) -> None:
    """Answer any path and query of the API, links among them."""
    path, _, query = as_text(data).partition("?")
    for method in ("GET", "POST", "BREW"):
        answer = engine().handle(request(method, "/" + path, query=query))
        assert 200 <= answer.status < 500, answer


def _link(data: bytes) -> None:
    """Find nothing that was not signed, in whatever is written in a link."""
    links = Links("/uploads", b"secret")
    text = as_text(data)
    linked = links.find("/uploads/" + text)
    expires, _, signature = text.partition("&")
    if linked is not None:
        assert not links.is_signed(linked, expires=expires, signature=signature)
    assert links.find(urlsplit("/uploads/" + "a" * 32 + "/text/x.txt").path) is None


def _audio(data: bytes) -> None:
    """Give a length or none, with the recording at its start again."""
    content = BytesIO(data)
    length_s = duration_s(content)
    assert length_s is None or 0 < length_s <= MAX_DURATION_S
    assert content.tell() == 0


_FORM_WORDS: Final = (
    b"--b0",
    b"--b0--",
    b"--",
    b"\r\n",
    b"\n",
    b"\r",
    b"Content-Disposition: form-data; ",
    b'name="file"',
    b'name="audio_format"',
    b'name="question"',
    b'name="other"',
    b'; filename="a.mp3"',
    b"; filename*=",
    b"utf-8''",
    b"undefined''",
    b"idna''xn--",
    b"Content-Type: ",
    b"Content-Length: 1",
    b"text/plain",
    b"charset=",
    b"mp3",
    b":",
    b";",
    b'"',
    b"\\",
    b"=",
    b"\x00",
    b"\xff",
)
_HEAD_WORDS: Final = (
    b"GET ",
    b"POST ",
    b"PRI * HTTP/2.0",
    b"/",
    b"//",
    b"*",
    b"http://",
    b"localhost",
    b" HTTP/1.1\r\n",
    b" HTTP/1.0\r\n",
    b"HTTP/9.9",
    b"Host: localhost\r\n",
    b"Content-Length: ",
    b"5\r\n",
    b"-1\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: ",
    b"identity, chunked",
    b"0\r\n\r\n",
    b"5;a=b\r\n",
    b"Expect: 100-continue\r\n",
    b"Connection: close, TE\r\n",
    b"Upgrade: h2c\r\n",
    b"X_API_Key: k\r\n",
    b"X-API-Key: k\r\n",
    b"\r\n",
    b"\n",
    b"\r",
    b" ",
    b"\t",
    b":",
    b"\x00",
    b"\xff",
    b"%00",
    b"%zz",
    b"#",
    b"/api/v1/speech-to-text/generate",
    b"/api/v1/speech-to-text/jobs/x",
    b"/_mock/health",
    b"/_mock/plan",
)
_AUDIO_WORDS: Final = (
    b"RIFF",
    b"\x24\x00\x00\x00",
    b"WAVE",
    b"fmt ",
    b"\x10\x00\x00\x00",
    b"\x01\x00\x01\x00",
    b"\x44\xac\x00\x00",
    b"\x88\x58\x01\x00",
    b"\x02\x00\x10\x00",
    b"data",
    b"LIST",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x00",
    b"ID3\x04\x00\x00",
    b"ID3\x03\x00\x80",
    b"\x7f\x7f\x7f\x7f",
    b"\xff\xfb\x90\x64",
    b"\xff\xfb\x00\x00",
    b"Xing",
    b"Info",
    b"VBRI",
    b"TAG",
    b"fLaC",
    b"\x00\x00\x00\x22",
    b"OggS",
    b"\x01vorbis",
    b"OpusHead",
    b"ftypM4A ",
    b"moov",
    b"trak",
    b"mdhd",
    b"\x00\x00\x00\x08",
    b"FORM",
    b"AIFF",
    b"COMM",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
)
_JSON_WORDS: Final = (
    *(bytes([number]) for number in range(40)),
    b"{",
    b"}",
    b"[",
    b"]",
    b'"plan"',
    b'"faults"',
    b'"scenario"',
    b'"seconds"',
    b'"to"',
    b'"rate"',
    b'"key"',
    b'"name"',
    b'"credits"',
    b'"rate_limit"',
    b'"clock"',
    b'"all"',
    b":",
    b",",
    b"true",
    b"null",
    b"1",
    b"-1",
    b"1e308",
    b"NaN",
    b'"done=never"',
    b'"429"',
    b'"60/min"',
    b'"\\ud800"',
    b"\xff",
    b"limit=",
    b"since=",
    b"&",
)

WIRE: Final = (
    Target(
        "head",
        _head,
        _HEAD_WORDS,
        (
            *map(repeated, (b"a", b" ", b"\r\n", b"\n", b"/", b"GET / HTTP/1.1\r\n", b"A: b\r\n", b"\x00")),
            repeated(b"A: b\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n", b"\r\n"),
            repeated(b" ", b"GET / HTTP/1.1\r\nHost: x\r\nA:", b"\r\n\r\n"),
            repeated(b"/", b"GET ", b" HTTP/1.1\r\nHost: x\r\n\r\n"),
            repeated(b"1\r\na\r\n", b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"),
            repeated(b"chunked,", b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: ", b"\r\n\r\n"),
        ),
    ),
    Target(
        "multipart",
        _multipart,
        _FORM_WORDS,
        (
            *map(repeated, (b"--b0", b"--b0\r\n", b"\r\n--b", b"\r\n", b"-", b"a")),
            *(
                repeated(piece, b'--b0\r\nContent-Disposition: form-data; name="a"')
                for piece in (b";", b"; a=")
            ),
            repeated(b"\\", b'--b0\r\nContent-Disposition: form-data; name="', b'"\r\n\r\n\r\n--b0--'),
            repeated(b'\\"', b'--b0\r\nContent-Disposition: form-data; name="', b'"\r\n\r\n\r\n--b0--'),
            repeated(b"\r\n--b", _file(b"")[: -len(_END)], _END),
        ),
    ),
    Target(
        "content-type",
        _content_type,
        (b"; ", b"boundary=", b"b0", b'"', b"\\", b"charset=", b"*", b"''", b"=", b"\xff", b" "),
        tuple(map(repeated, (b";", b"; a=", b'"', b"\\", b"; boundary=", b'; a="\\"', b" "))),
    ),
    Target(
        "file-name",
        _file_name,
        (
            b"utf-8",
            b"UTF-8",
            b"iso-8859-1",
            b"undefined",
            b"idna",
            b"punycode",
            b"rot13",
            b"hex",
            b"zlib",
            b"unicode_escape",
            b"utf-7",
            b"mbcs",
            b"'",
            b"''",
            b"'en'",
            b"%FF",
            b"%C3%A9",
            b"%00",
            b"xn--",
            b'"',
            b";",
            b"a",
            b"-",
            b"%",
            b"*",
            b'; filename="x"',
            b"[done=never]",
        ),
        (
            *map(repeated, (b"'", b"%", b"%41", b"filename*=", b" ", b"filename*=a'", b'"')),
            repeated(b"%41", b"utf-8''"),
            repeated(b"a", b"punycode''"),
            repeated(b"a-", b"idna''xn--"),
            repeated(b"=", b"utf-8''["),
        ),
    ),
    Target(
        "plan-header",
        _plan_header,
        (
            b"done=",
            b"never",
            b"text=",
            b"%",
            b"%E9",
            b";",
            b"(",
            b")",
            b"fault=",
            b"429",
            b"\xe9",
            b"\xff",
            b"=",
        ),
        tuple(map(repeated, (b";", b"a", b"text=a;", b"(", b"%41"))),
    ),
    Target(
        "question",
        _question,
        (b"[", b"]", b"=", b"done=never", b"text=a", b"hello ", b"\xff", b"\r\n", b"%", b";", b"fault=429"),
        (*map(repeated, (b"[", b"[=", b"[a=", b"a", b"[done=]", b"=")), repeated(b"=", b"[")),
    ),
    Target(
        "control",
        _control,
        _JSON_WORDS,
        tuple(
            repeated(piece, bytes([number]))
            for number in (9, 12, 20, 25)
            for piece in (b"[", b"9", b'{"a":', b" ", b"a=&")
        ),
    ),
    Target(
        "path",
        _path,
        (
            b"api/v1/speech-to-text/",
            b"generate",
            b"jobs/",
            b"uploads/",
            b"/",
            b"..",
            b"%2e",
            b"\x00",
            b"?",
            b"expires=",
            b"signature=",
            b"&",
            b"=",
            b"9" * 15,
            b"text/",
            b".txt",
            b"a" * 32,
            b"\xff",
            b"\n",
        ),
        tuple(map(repeated, (b"/", b"a", b"a/", b"..", b"?", b"?a=", b"%"))),
    ),
    Target(
        "link",
        _link,
        (b"a" * 32, b"/", b"text/", b".txt", b"0", b"-", b"&", b"9" * 15, b"\xd9\xa3", b"\xff", b"f" * 32),
        tuple(map(repeated, (b"a", b"/", b"9", b"text/", b"-"))),
    ),
    Target(
        "audio",
        _audio,
        _AUDIO_WORDS,
        (
            *map(repeated, (b"\xff", b"\xff\xfb", b"\xff\xfb\x90\x64", b"OggS", b"ID3\x04\x00\x00", b"\x00")),
            repeated(b"LIST\x00\x00\x00\x00", b"RIFF\xff\xff\xff\xffWAVE"),
            repeated(b"\x00\x00\x00\x08free", b"\x00\x00\x00\x0cftypM4A "),
            repeated(b"\x00\x00\x00\x08moov", b"\x00\x00\x00\x0cftypM4A "),
            repeated(b"\x01\x00\x00\x00", b"fLaC"),
        ),
    ),
)
