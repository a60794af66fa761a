"""TLS: the certificate a mock is given, and one made on the spot by an authority made on the spot.

Rule: made files live in a folder of their own, as long as the mock; nobody else's trust is changed.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Final

from ..errors import MockError
from .addresses import is_any_address

TlsFiles = tuple[str | PathLike[str], str | PathLike[str]]
"""The files of a certificate and of its key, in PEM."""


def tls_context(certificate: str | PathLike[str], key: str | PathLike[str]) -> ssl.SSLContext:
    """What a server needs to speak TLS, from two PEM files.

    Raises:
        MockError: they cannot be read, or do not belong together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:  # ssl.SSLError is one
        raise MockError(f"cannot use the certificate {certificate} with the key {key}: {error}") from error
    return context


_THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class SelfSigned:
    """`files` are what the server needs, `authority` is the file that clients are told to trust."""

    files: TlsFiles
    authority: Path


@contextlib.contextmanager
def self_signed(host: str) -> Iterator[SelfSigned]:
    """A certificate for this machine and for `host`, until the block ends.

    Raises:
        MockError: the library that makes certificates is not installed.
    """
    try:
        import trustme
    except ImportError as error:
        raise MockError(
            "--tls-self-signed needs the extra: pip install 'miragic-stt-toolkit[tls]'; "
            "or give --tls-cert and --tls-key."
        ) from error
    own_name = socket.gethostname() if is_any_address(host) else host
    authority = trustme.CA()
    made = authority.issue_cert(*dict.fromkeys((*_THIS_MACHINE, own_name)))
    with tempfile.TemporaryDirectory(prefix="miragic-tls-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        certificate, key, trusted = folder / "cert.pem", folder / "key.pem", folder / "ca.pem"
        for pem in made.cert_chain_pems:
            pem.write_to_path(str(certificate), append=True)
        made.private_key_pem.write_to_path(str(key))
        authority.cert_pem.write_to_path(str(trusted))
        yield SelfSigned((certificate, key), trusted)
