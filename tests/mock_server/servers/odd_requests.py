"""Malformed and odd requests: what each server has to make of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

POLL: Final = "/api/v1/speech-to-text/jobs/none"
SUBMIT: Final = "/api/v1/speech-to-text/generate"
FORM: Final = (
    b'--b\r\nContent-Disposition: form-data; name="audio_format"\r\n\r\nmp3\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\n\r\nsound\r\n--b--\r\n'
)
TYPED: Final = "X-API-Key: {key}\r\nContent-Type: multipart/form-data; boundary=b\r\n"

REFUSED: Final = "refused"
"""A status from 400 to 499, or 505, and the end of the connection."""
ANSWERED: Final = "answered"
"""A status below 500; the connection may go on."""
MADE: Final = "made"
"""201: it is a submission like others."""
NOTHING: Final = "nothing"
"""No answer, or a refusal: the client is gone, or has to go."""


@dataclass(frozen=True)
class Odd:
    """A request, and what has to become of it.

    Attributes:
        sent: What is sent; `{key}` stands for a key.
        outcome: The class of the answer.
        half_closes: Whether the client ends its side then.
        by_granian: The class of Granian's answer where it differs, "" where it does not.
    """

    sent: bytes
    outcome: str
    half_closes: bool = False
    by_granian: str = ""


def poll(target: str = POLL, more: str = "", *, version: str = "HTTP/1.1", method: str = "GET") -> bytes:
    return f"{method} {target} {version}\r\nHost: localhost\r\nX-API-Key: {{key}}\r\n{more}\r\n".encode()


def submit(framing: str, body: bytes = FORM, *, version: str = "HTTP/1.1") -> bytes:
    return f"POST {SUBMIT} {version}\r\nHost: localhost\r\n{TYPED}{framing}\r\n".encode() + body


CHUNKED: Final = "Transfer-Encoding: chunked\r\n"
LENGTH: Final = f"Content-Length: {len(FORM)}\r\n"
CHUNK: Final = b"%x\r\n%b\r\n" % (len(FORM), FORM)

FRAMING: Final = {
    "a length": Odd(submit(LENGTH), MADE),
    "chunks": Odd(submit(CHUNKED, CHUNK + b"0\r\n\r\n"), MADE),
    "chunks with extensions": Odd(submit(CHUNKED, b"%x;a=b\r\n%b\r\n0\r\n\r\n" % (len(FORM), FORM)), MADE),
    "chunks with trailers": Odd(submit(CHUNKED, CHUNK + b"0\r\nX-A: b\r\n\r\n"), MADE),
    # Granian takes the chunks and closes, which RFC 9112 (section 6.1) allows, and shows no length.
    "both framings": Odd(submit(LENGTH + CHUNKED, CHUNK + b"0\r\n\r\n"), REFUSED, by_granian=MADE),
    "both framings, chunks first": Odd(
        submit(CHUNKED + LENGTH, CHUNK + b"0\r\n\r\n"), REFUSED, by_granian=MADE
    ),
    "two lengths": Odd(submit(f"{LENGTH}Content-Length: 5\r\n"), REFUSED),
    "a list of lengths": Odd(submit(f"Content-Length: {len(FORM)}, 5\r\n"), REFUSED),
    "a negative length": Odd(submit("Content-Length: -1\r\n"), REFUSED),
    "a signed length": Odd(submit(f"Content-Length: +{len(FORM)}\r\n"), REFUSED),
    "a length with a unit": Odd(submit(f"Content-Length: {len(FORM)}b\r\n"), REFUSED),
    "a length without end": Odd(submit(f"Content-Length: {'9' * 40}\r\n"), REFUSED),
    "another coding": Odd(submit("Transfer-Encoding: gzip\r\n"), REFUSED),
    "a coding like chunked": Odd(submit("Transfer-Encoding: xchunked\r\n", CHUNK + b"0\r\n\r\n"), REFUSED),
    "chunked is not last": Odd(
        submit("Transfer-Encoding: chunked, identity\r\n", CHUNK + b"0\r\n\r\n"), REFUSED
    ),
    "chunks of HTTP/1.0": Odd(submit(CHUNKED, CHUNK + b"0\r\n\r\n", version="HTTP/1.0"), REFUSED),
    "a bad chunk": Odd(submit(CHUNKED, b"zz\r\n" + FORM), REFUSED),
    "a chunk that is too short": Odd(submit(CHUNKED, b"5\r\n" + FORM), REFUSED),
    "a negative chunk": Odd(submit(CHUNKED, b"-1\r\n" + FORM), REFUSED),
    "half a body": Odd(submit(f"Content-Length: {len(FORM) + 9}\r\n"), NOTHING, half_closes=True),
    "half a form": Odd(submit(LENGTH, FORM[:60]), NOTHING, half_closes=True),
    "half a chunk": Odd(submit(CHUNKED, CHUNK[:60]), NOTHING, half_closes=True),
}

HEADS: Final = {
    "a bare CR in a value": Odd(poll(more="X-A: b\rX-API-Key: other\r\n"), REFUSED),
    "a bare CR in the request line": Odd(poll(f"{POLL}\r/x"), REFUSED),
    "a folded line": Odd(poll(more="X-A: b\r\n c\r\n"), REFUSED),
    "a fold at the start": Odd(f"GET {POLL} HTTP/1.1\r\n Host: x\r\n\r\n".encode(), REFUSED),
    "NUL in a value": Odd(poll(more="X-A: b\0c\r\n"), REFUSED),
    "NUL in a name": Odd(poll(more="X\0A: b\r\n"), REFUSED),
    "a control character in a value": Odd(poll(more="X-A: b\x01c\r\n"), REFUSED),
    "a blank before the colon": Odd(poll(more="X-A : b\r\n"), REFUSED),
    "a line without a colon": Odd(poll(more="nonsense\r\n"), REFUSED),
    "an empty name": Odd(poll(more=": b\r\n"), REFUSED),
    "no Host": Odd(f"GET {POLL} HTTP/1.1\r\nX-API-Key: {{key}}\r\n\r\n".encode(), REFUSED),
    "no Host of HTTP/1.0": Odd(f"GET {POLL} HTTP/1.0\r\nX-API-Key: {{key}}\r\n\r\n".encode(), ANSWERED),
    "two Hosts": Odd(poll(more="Host: other\r\n"), REFUSED),
    "lines that end in LF": Odd(poll().replace(b"\r\n", b"\n"), ANSWERED),
    "an empty line before": Odd(b"\r\n" + poll(), ANSWERED),
    "too many headers": Odd(poll(more="X-A: b\r\n" * 200), REFUSED),
    "a huge header": Odd(poll(more=f"X-A: {'b' * 600_000}\r\n"), REFUSED),
    "half a head": Odd(poll()[:40], NOTHING, half_closes=True),
    "the start of TLS": Odd(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 64, NOTHING, True),
    "nothing at all": Odd(b"", NOTHING, half_closes=True),
}

TARGETS: Final = {
    "two slashes": Odd(poll(f"/{POLL}"), ANSWERED),
    "dots": Odd(poll(f"/x/..{POLL}"), ANSWERED),
    "a whole URL": Odd(poll(f"http://localhost{POLL}"), ANSWERED),
    "an authority": Odd(poll("localhost:80"), ANSWERED),
    "CONNECT": Odd(poll("localhost:80", method="CONNECT"), ANSWERED),
    "a star": Odd(poll("*", method="OPTIONS"), ANSWERED),
    "an encoded NUL": Odd(poll(f"{POLL}%00"), ANSWERED),
    "an encoded slash": Odd(poll(f"{POLL}%2fx"), ANSWERED),
    "an encoded line end": Odd(poll(f"{POLL}%0d%0aX-A:b"), ANSWERED),
    "half an encoding": Odd(poll(f"{POLL}%2"), ANSWERED),
    "bytes that are no UTF-8": Odd(poll(f"{POLL}%ff"), ANSWERED),
    "a fragment": Odd(poll(f"{POLL}#x"), ANSWERED),
    "a blank": Odd(poll(f"{POLL} x"), REFUSED),
    "letters that are not ASCII": Odd(poll(f"{POLL}é"), ANSWERED),
    "a huge path": Odd(poll(f"/{'b' * 600_000}"), REFUSED),
    "no path": Odd(poll("?x"), ANSWERED),
}

OTHERS: Final = {
    "an unknown method": Odd(poll(method="BREW"), ANSWERED),
    "a method that is none": Odd(poll(method="G(T"), REFUSED),
    "a method in lower case": Odd(poll(method="get"), ANSWERED),
    "HTTP/0.9": Odd(f"GET {POLL}\r\n\r\n".encode(), REFUSED),
    "HTTP/1.0": Odd(poll(version="HTTP/1.0"), ANSWERED),
    "HTTP/1.2": Odd(poll(version="HTTP/1.2"), REFUSED),
    "HTTP/3.0": Odd(poll(version="HTTP/3.0"), REFUSED),
    "no version": Odd(poll(version="HTTX/1.1"), REFUSED),
    "the preface of HTTP/2": Odd(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", REFUSED, by_granian=NOTHING),
    "an upgrade to HTTP/2": Odd(
        poll(more="Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"),
        ANSWERED,
    ),
    "an upgrade to WebSocket": Odd(
        poll(more="Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"), ANSWERED
    ),
}

ODD: Final = FRAMING | HEADS | TARGETS | OTHERS

SAME_ROUTE: Final = (
    f"/{SUBMIT}",
    f"{SUBMIT}/",
    f"{SUBMIT}?x=y",
    f"{SUBMIT}#x",
    f"{SUBMIT}%00",
    "/api/v1/speech-to-text%2fgenerate",
    "/api/v1//speech-to-text/generate",
    "/api/v1/./speech-to-text/generate",
    "/api/v1/x/../speech-to-text/generate",
    f"{SUBMIT.upper()}",
    f"http://localhost{SUBMIT}",
    f"http://localhost/{SUBMIT}",
)
"""Targets of submissions that each server has to find at the same place, or not to find."""
