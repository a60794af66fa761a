"""The log of a mock cannot be forged, and holds no key."""

from __future__ import annotations

import logging

from miragic_mock.servers.access_log import SafeFormatter, access_format

KEY = "sk_live_Q7xZ2pLm9Tv4Wc8R"


def line(path: str) -> str:
    said = {"time": "now", "addr": "127.0.0.1", "method": "GET", "path": path, "protocol": "HTTP/1.1"}
    args = said | {"status": 404, "dt_ms": 1.0, "_h0": KEY}
    form = access_format("X-API-Key").replace("%(header{X-API-Key})s", "%(_h0)s")
    record = logging.LogRecord("granian.access", logging.INFO, "", 0, form, (args,), None)
    return SafeFormatter("%(message)s").format(record)


def test_a_path_makes_no_line_of_its_own() -> None:
    """Line breaks and escapes that Granian has decoded are written as escapes."""
    assert line("/a\n[INFO] forged\x1b]0;x\x07").startswith(
        '[now] 127.0.0.1 - "GET /a\\n[INFO] forged\\x1b]0;x\\x07 HTTP/1.1" 404'
    )


def test_a_line_holds_no_key() -> None:
    """Neither the header by which the formatter learns the key nor the path shows it."""
    assert KEY not in line(f"/a/{KEY}")
    assert "$MIRAGIC_API_KEY" in line(f"/a/{KEY}")
