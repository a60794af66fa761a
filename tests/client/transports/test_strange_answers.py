"""Bytes that are hardly HTTP: an error of ours from both clients, over a real socket."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from miragic_stt import AsyncClient, Client, MiragicError, Retries

OK = b"HTTP/1.1 200 OK\r\n"
ANSWERS = {
    "nothing": b"",
    "zeros": bytes(100_000),
    "a length of 5,000 digits": OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}",
    "a chunk of 6,000 digits": OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 6000 + b"\r\nabc",
    "a status of 5,000 digits": b"HTTP/1.1 " + b"9" * 5000 + b" OK\r\n\r\n",
    "a status of superscripts": b"HTTP/1.1 \xc2\xb2\xc2\xb2 OK\r\n\r\n",
    "no gzip": OK + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
    "200 codings": OK + b"Content-Encoding: " + b"gzip," * 200 + b"\r\nContent-Length: 2\r\n\r\n{}",
    "500 headers": OK + b"A: b\r\n" * 500 + b"\r\n",
    "a long header": OK + b"A: " + b"x" * 100_000 + b"\r\n\r\n",
    "a redirect to nowhere": b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n",
    "a reason that steers": b"HTTP/1.1 401 \x1b[31m\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_strange_bytes_are_an_error_of_ours_with_the_job(wire, answer):
    """Whatever the libraries below make of them."""

    def strange(connection):
        connection.read_head()
        # The client may have read enough, and have hung up.
        with contextlib.suppress(OSError):
            connection.send(answer)

    server = wire(strange)
    with (
        Client("the-key", server.url, retries=Retries(attempts=1)) as client,
        pytest.raises(MiragicError) as caught,
    ):
        client.get("job-1", timeout_s=20)
    assert caught.value.job_id == "job-1"
    assert str(caught.value).isprintable()

    async def get() -> None:
        async with AsyncClient("the-key", server.url, retries=Retries(attempts=1)) as client:
            await client.get("job-1", timeout_s=20)

    with pytest.raises(MiragicError) as caught:
        asyncio.run(get())
    assert caught.value.job_id == "job-1"
