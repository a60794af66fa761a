"""TLS: a certificate from files, or one made on the spot by an authority made on the spot.

Rule: files that are made lie in a folder of their own, as long as the mock runs; what this machine trusts is
never changed.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Final

from ..errors import MockError
from ..stores.scratch import Scratch
from .addresses import is_any_address

TlsFiles = tuple[str | PathLike[str], str | PathLike[str]]
"""The files of a certificate and of its key, in PEM."""

_THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")


def tls_context(certificate: str | PathLike[str], key: str | PathLike[str]) -> ssl.SSLContext:
    """Make what a server needs to speak TLS of two PEM files.

    Raises:
        MockError: They cannot be read, or do not belong together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:  # ssl.SSLError is one
        raise MockError(f"cannot use the certificate {certificate} with the key {key}: {error}") from error
    return context


@dataclass(frozen=True, slots=True)
class SelfSigned:
    """A certificate that was made on the spot.

    Attributes:
        files: What the server needs.
        authority: The file that clients have to trust.
    """

    files: TlsFiles
    authority: Path


@contextlib.contextmanager
def self_signed(host: str) -> Iterator[SelfSigned]:
    """Make a certificate for this machine and for `host`, which is gone when the block ends.

    Raises:
        MockError: The library that makes certificates is not installed.
    """
    try:
        import trustme
    except ImportError as error:
        raise MockError(
            "--tls-self-signed needs the extra: pip install 'miragic-stt-toolkit[tls]'; "
            "or give --tls-cert and --tls-key."
        ) from error
    # No client calls a server by 0.0.0.0; others on the network call it by the machine's name.
    own_name = socket.gethostname() if is_any_address(host) else host
    authority = trustme.CA()
    issued = authority.issue_cert(*dict.fromkeys((*_THIS_MACHINE, own_name)))
    with Scratch() as folder:
        certificate, key, trusted = folder / "cert.pem", folder / "key.pem", folder / "ca.pem"
        for pem in issued.cert_chain_pems:
            pem.write_to_path(str(certificate), append=True)
        issued.private_key_pem.write_to_path(str(key))
        authority.cert_pem.write_to_path(str(trusted))
        yield SelfSigned((certificate, key), trusted)
