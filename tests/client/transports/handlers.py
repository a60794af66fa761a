"""Documents, audio, and handlers for a server made of a socket."""

from __future__ import annotations

from miragic_stt import Retries

ONCE = Retries(attempts=1)
QUICK = Retries(first_s=0.001)

CREATED = {"success": True, "data": {"jobId": "job-1", "status": "PENDING"}}


PENDING = {"success": True, "data": {"id": "job-1", "status": "PENDING"}}


DONE = {"success": True, "data": {"id": "job-1", "status": "COMPLETED", "transcription": "hello"}}


def loud(size):
    return b"RIFF\x24\x08\x00\x00WAVE" + bytes(size - 12)


def answers(*documents):
    def handler(connection):
        for document in documents:
            connection.read_request()
            connection.answer(200, document)

    return handler
