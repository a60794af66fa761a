"""A certificate made on the spot, by an authority made on the spot, for a mock that is to speak TLS.

Rule: the files live in a folder of their own, as long as the mock; nobody else's trust is changed.
"""

from __future__ import annotations

import contextlib
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .errors import MockError

if TYPE_CHECKING:
    from .thread_server import TlsFiles

__all__ = ["SelfSigned", "self_signed"]

_THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")
_ANY_ADDRESS: Final = ("", "0.0.0.0", "::")


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
    own_name = socket.gethostname() if host in _ANY_ADDRESS else host
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
