"""Addresses that a mock listens on: take one, keep one, and say the URL that leads there."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Iterator
from typing import Final

from ..errors import MockError

BACKLOG: Final = 4096
"""Connections that may wait to be accepted: a test run with many workers opens hundreds at once."""

_LOOPBACK_OF: Final = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}
"""An address that stands for all of this machine's -> the one by which this machine reaches it."""


class PortInUseError(MockError):
    """Something else listens at the address, or the address is not this machine's."""


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket; port 0 picks a free one.

    Raises:
        PortInUseError: The address cannot be had.
        MockError: The port is no port.
    """
    if not 0 <= port <= 65_535:
        raise MockError(f"port: expected 0 to 65535, got {port}")
    try:
        return socket.create_server((host, port), family=_family(host), backlog=BACKLOG)
    except OSError as error:
        raise _in_use(host, port, error, remedy="take port 0") from error


@contextlib.contextmanager
def reserve(host: str, port: int) -> Iterator[int]:
    """Keep the port of an address for this process and its children until the block ends.

    Args:
        host: The address.
        port: The port; 0 picks a free one, which the block gets to know.

    Raises:
        PortInUseError: The address cannot be had.
    """
    with socket.socket(_family(host)) as probe:
        if sys.platform != "win32":
            # A port that a mock has just left counts as taken for a minute (TIME_WAIT) without this. On
            # Windows the option would let two servers have one port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            # Without SO_REUSEPORT, which would succeed beside a server that has set it, too.
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise _in_use(host, port, error, remedy="give --port 0") from error
        port = probe.getsockname()[1]
    with socket.socket(_family(host)) as held:
        if sys.platform == "linux":
            # Granian's workers bind with SO_REUSEPORT; a bound socket that does not listen keeps the port
            # ours until they do, and takes no connection from them.
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            held.bind((host, port))
        yield port


def url_of(host: str, port: int, *, tls: bool = False) -> str:
    """Return the URL at which this machine reaches a server that listens on `host`."""
    scheme, host = "https" if tls else "http", _LOOPBACK_OF.get(host, host)
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def is_any_address(host: str) -> bool:
    """Return whether listening on `host` means listening on every address of this machine."""
    return host in _LOOPBACK_OF


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _in_use(host: str, port: int, error: Exception, *, remedy: str) -> PortInUseError:
    reason = getattr(error, "strerror", None) or error
    return PortInUseError(f"cannot listen on {host}:{port}: {reason}. Stop what listens there, or {remedy}.")
