"""What a client was built with, checked once. Both the synchronous and the asynchronous client use it."""

from __future__ import annotations

import enum
import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from .._api import API_KEY_VARIABLE, BASE_URL, BASE_URL_VARIABLE, STATUS_PATH, SUBMIT_PATH
from .._errors import UsageError
from .._outside.harmless import harmless_line
from .._secrets import ApiKey
from .policy import Polling, RequestTimeouts, Retries, check_timeout


class Default(enum.Enum):
    """The type of `DEFAULT`, which means "as the client was built" where None means something else."""

    DEFAULT = "the client's own timeout"

    def __repr__(self) -> str:
        return self.name


DEFAULT: Final = Default.DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a client.

    Attributes:
        base_url: Without a slash at its end.
        timeout_s: Deadline of a whole call; None for no limit.
        random: Gives numbers from [0, 1), for the jitter of pauses.
    """

    key: ApiKey
    base_url: str
    timeout_s: float | None
    polling: Polling
    retries: Retries
    request_timeouts: RequestTimeouts
    random: Callable[[], float]

    @property
    def submit_url(self) -> str:
        """Where uploads go."""
        return self.base_url + SUBMIT_PATH

    def status_url(self, job_id: str) -> str:
        """Return where the job is looked at."""
        # Without safe characters: a slash in an id must not begin another segment of the path. An id read
        # from JSON may hold half a surrogate pair, which the server should judge, not the encoder.
        return self.base_url + STATUS_PATH.replace("{jobId}", quote(job_id, safe="", errors="surrogatepass"))

    def shown(self, text: str) -> str:
        """Return a text from outside as one harmless line without a key, for logs and messages."""
        return harmless_line(self.key.hide_in(text))

    def resume_command(self, job_id: str) -> str:
        """Return the command that goes on waiting for the job, quoted for a POSIX shell."""
        options = [] if self.base_url == BASE_URL else ["--base-url", self.base_url]
        # An id that looks like an option has to come after all of them.
        words = [*options, "--", job_id] if job_id.startswith("-") else [job_id, *options]
        return " ".join(["miragic-stt wait", *map(_quoted, words)])

    def deadline(self, started_at: float, timeout_s: float | Default | None) -> float:
        """Return when a call that starts at `started_at` must be over; infinity for never.

        Raises:
            UsageError: The timeout is zero, negative or not a number.
        """
        chosen = self.timeout_s if isinstance(timeout_s, Default) else check_timeout(timeout_s)
        return float("inf") if chosen is None else started_at + chosen


def _quoted(word: str) -> str:
    # A control character in an id would steer the terminal that the command is shown on. POSIX.1-2024 has
    # this quoting for it, as bash, zsh and ksh have had for long.
    if word.isprintable():
        return shlex.quote(word)
    data = word.encode("utf-8", "surrogatepass")
    return (
        "$'"
        + "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"\\{byte:03o}" for byte in data)
        + "'"
    )


def find_key(api_key: str | None) -> ApiKey:
    """Return the key, from the environment where it is None. It is not checked yet; `make_settings` does."""
    return ApiKey(os.environ.get(API_KEY_VARIABLE) if api_key is None else api_key)


def make_settings(
    key: ApiKey,
    base_url: str | None,
    *,
    timeout_s: float | None,
    polling: Polling | None,
    retries: Retries | None,
    request_timeouts: RequestTimeouts | None,
    random: Callable[[], float],
) -> Settings:
    """Make settings from what the caller passed in, then the environment, then the defaults.

    Raises:
        ApiKeyError: The key cannot be used.
        UsageError: The base URL or a number makes no sense.
    """
    key.check()
    return Settings(
        key=key,
        base_url=_checked_url(base_url or os.environ.get(BASE_URL_VARIABLE) or BASE_URL),
        timeout_s=check_timeout(timeout_s),
        polling=polling or Polling(),
        retries=retries or Retries(),
        request_timeouts=request_timeouts or RequestTimeouts(),
        random=random,
    )


def _checked_url(base_url: str) -> str:
    if not isinstance(base_url, str):
        raise UsageError(f"the base URL must be a text like {BASE_URL}, not {base_url!r}")
    url = base_url.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        has_port = parts.port != 0
    except ValueError:  # brackets that do not match, a port that is no number or is too large
        raise UsageError(f"the base URL must look like {BASE_URL}, which this does not") from None
    # The base URL stands in log lines and resume commands: a password must not be part of it.
    if parts.username or parts.password:
        raise UsageError("the base URL holds a user name or password; give it without")
    is_plain = has_port and parts.hostname and not parts.query and not parts.fragment
    if parts.scheme not in ("http", "https") or not is_plain:
        raise UsageError(f"the base URL must look like {BASE_URL}, not {base_url!r}")
    return url
