"""Who may call the control API.

Rule: on a loopback address, programs of this machine, but no web page from elsewhere (its Origin, or the name
it had resolved to this machine, gives it away); on any other address, callers with the token.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from ..errors import MockError
from ..exchange.messages import Request
from ..exchange.refusals import RefusedError
from .attempts import Attempts

_TOKEN: Final = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Guard:
    """Decides which calls are let in.

    Attributes:
        token: What callers must show; None where being on this machine is enough.
        attempts: Counts wrong tokens.

    Raises:
        MockError: The token is empty, which every caller would show, or not visible ASCII, which none could.
    """

    token: str | None = None
    attempts: Attempts = field(default_factory=Attempts, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.token is not None and not _TOKEN.fullmatch(self.token):
            raise MockError("expected a control token of visible ASCII characters without blanks, or none")

    def admit(self, request: Request) -> None:
        """Let a call in.

        Raises:
            RefusedError: 403 for a foreign Origin or Host, 401 for a token that is missing or wrong, 429 for
                one wrong token too many. The right token is let in however many wrong ones came before.
        """
        origin, sent_host = request.headers.get("Origin"), request.headers.get("Host")
        # Browsers send it with every request, also with those without an Origin: images, forms, links.
        if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
            raise RefusedError(403, "The control API is not for web pages from elsewhere (Sec-Fetch-Site).")
        host = urlsplit(request.base_url).hostname
        if origin is not None and not self._is_own(origin, request.base_url):
            raise RefusedError(403, "The control API is not for web pages from elsewhere (Origin).")
        if self.token is None:
            # The Host is checked because of DNS rebinding: a page's own name may be made to lead here, and a
            # browser then sends no foreign Origin. A Host that cannot be one was replaced in the base URL,
            # which then does not end with it.
            is_replaced = sent_host is not None and not request.base_url.endswith(f"//{sent_host}")
            if is_replaced or not is_loopback(host):
                raise RefusedError(403, "The control API answers to the names of this machine only (Host).")
        # Compared in constant time, so that the token cannot be found out piece by piece.
        elif not hmac.compare_digest(_bearer(request).encode("utf-8", "replace"), self.token.encode()):
            wait_s = self.attempts.wait_s(request.remote) if _bearer(request) else 0
            if wait_s:
                raise RefusedError(
                    429, "Too many wrong tokens came from here.", headers=(("Retry-After", str(wait_s)),)
                )
            raise RefusedError(
                401, "Send Authorization: Bearer TOKEN.", headers=(("WWW-Authenticate", "Bearer"),)
            )

    def _is_own(self, origin: str, base_url: str) -> bool:
        try:
            host = urlsplit(origin).hostname
        except ValueError:
            return False
        return origin == base_url or (self.token is None and is_loopback(host))


def token_for(host: str, token: str | None) -> str | None:
    """Return the control token of a mock that listens on `host`: a fresh one where others can reach it.

    `token` is the token that the user chose, which is kept. None: on a loopback address none is needed.
    """
    if token is not None or is_loopback(host):
        return token
    # Imported here: it brings `random` along, and few mocks listen where others are.
    from secrets import token_urlsafe

    return token_urlsafe()


def is_loopback(host: str | None) -> bool:
    """Return whether a name or address means this machine itself; None, for no host, does not."""
    if host is None:
        return False
    # The whole of `.localhost` is this machine (RFC 6761, section 6.3).
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bearer(request: Request) -> str:
    """Return the token that a request shows (RFC 6750, section 2.1), empty for none."""
    kind, _, token = (request.headers.get("Authorization") or "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""
