"""`intercept`: every call of `requests` to the API is answered in this process, without a socket.

Rule: what is caught here is handed on as it is (`answering` answers it).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, Unpack

from ..mock import Mock
from ..options import MockOptions

if TYPE_CHECKING:
    from .answering import Answered

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


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
    # Imported here: to import the name must not load the whole mock, which few of a run's tests may use.
    from ...engine.injection.doors import INTERCEPT
    from ..in_process import open_mock, server_url
    from .answering import Patience, answer_call

    url = (server_url(options) if base_url is None else base_url).rstrip("/")

    def wait(seconds: float) -> None:
        if sleep is not None:
            sleep(seconds)
        else:
            opened.mock.ask("POST", "/clock/advance", {"seconds": seconds})

    patience = Patience()
    opened = open_mock(INTERCEPT, options, url=url, pause=partial(patience.stall, wait))
    with ExitStack() as stack:
        stack.callback(opened.engine.store.close)
        stack.enter_context(_caught(url, others, partial(answer_call, opened, wait, patience)))
        yield opened.mock


@contextmanager
def _caught(url: str, others: Literal["refuse", "pass"], answer: Callable[[Any], Answered]) -> Iterator[None]:
    """Let `answer` answer every prepared request that goes to `url` or below it."""
    import requests
    import responses

    passed = (re.compile(""),) if others == "pass" else ()
    catcher = responses.RequestsMock(
        assert_all_requests_are_fired=False,
        passthru_prefixes=passed,  # type: ignore[arg-type]  # patterns are taken, as `add_passthru` says
        # What stands there now: another interception, maybe, which then gets what is passed on.
        real_adapter_send=requests.adapters.HTTPAdapter.send,
    )
    # Up to a boundary: the address of `http://api` is not the beginning of `http://api.example`.
    place = re.compile(re.escape(url) + r"(?=[/?#]|\Z)")

    def callback(sent: Any) -> Any:  # the stubs know no headers but a mapping
        # Every call would be remembered, with all that it uploaded, for as long as this lasts.
        catcher.calls.reset()
        for response in catcher.registered():
            response.calls.reset()
        return answer(sent)

    with catcher:
        for method in _METHODS:
            catcher.add_callback(method, place, callback, content_type=None)
        yield
