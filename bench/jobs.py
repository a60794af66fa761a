"""Jobs in a running mock, made for the load to poll."""

from __future__ import annotations

import http.client
import json
from typing import Final

from .documents import CONTENT_TYPE, Documents, form
from .servers import KEY, BenchError, Running

_PLANS: Final = ("done-after=1h", "done-after=0s")


def submitted(server: Running, documents: Documents, count: int) -> list[str]:
    """Submit `count` jobs, half of them pending for the next hour and half of them done.

    Returns:
        The paths of the jobs.

    Raises:
        BenchError: If a submission was refused.
    """
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    paths = []
    try:
        for number in range(count):
            headers = {
                "X-API-Key": KEY,
                "Content-Type": CONTENT_TYPE,
                "X-Mock-Plan": _PLANS[number % len(_PLANS)],
            }
            connection.request("POST", documents.submit, form(b"%d" % number), headers)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status >= 300:
                raise BenchError(f"{server.name} refused a submission: {answer.status} {body[:200]!r}")
            paths.append(documents.path(json.loads(body)["data"]["jobId"]))
    finally:
        connection.close()
    return paths
