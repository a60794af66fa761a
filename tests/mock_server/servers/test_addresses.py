"""Addresses to listen on, as a client writes them, and the files of a certificate."""

from __future__ import annotations

from typing import Any

import pytest
from miragic_mock import MockError
from miragic_mock.servers.addresses import listen, url_of
from miragic_mock.servers.tls import tls_context


def test_addresses_and_certificates_are_checked(tmp_path: Any) -> None:
    """Files that are no certificate are named; addresses are as a client writes them."""
    (tmp_path / "cert.pem").write_text("nonsense")
    with pytest.raises(MockError, match=r"cannot use the certificate .*cert\.pem"):
        tls_context(tmp_path / "cert.pem", tmp_path / "cert.pem")
    with pytest.raises(MockError, match="0 to 65535"):
        listen("127.0.0.1", 99_999)
    with listen("127.0.0.1", 0) as listener:
        assert (
            url_of(*listener.getsockname()[:2], scheme="https")
            == f"https://127.0.0.1:{listener.getsockname()[1]}"
        )
    with listen("0.0.0.0", 0) as listener:
        assert url_of(*listener.getsockname()[:2]).startswith("http://127.0.0.1:")
