"""`intercept`: every call of `requests` to the API is answered in this process, without a socket.

Rule: the machinery is imported when it is needed, so that importing the package costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, Unpack

from .mock import Mock
from .mock_options import MockOptions

__all__ = ["intercept"]


@contextmanager
def intercept(
    base_url: str | None = None,
    *,
    others: Literal["refuse", "pass"] = "refuse",
    sleep: Callable[[float], object] | None = None,
    **options: Unpack[MockOptions],
) -> Iterator[Mock]:
    """Answer what `requests` sends to `base_url`, None for the live API's address, while the context lasts.

        with intercept(plan="done-after=30m") as mock:
            job = client.submit("hello.wav")
            mock.advance(1800)

    Calls to `others` are refused with `requests.ConnectionError`, or passed on to the network. `sleep` is how
    the waits of faults are waited; None advances the mock's clock instead. A wait as long as the read timeout
    of a call ends in `requests.ReadTimeout`, as it would on a socket. The rest is `MockOptions`.

    Raises:
        MockError: an option cannot be used.
    """
    from .interception import intercepted

    with intercepted(base_url, others, sleep, options) as mock:
        yield mock
