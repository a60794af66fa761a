"""The asynchronous driver: the same steps as the synchronous one, with everything that takes time awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, closing
from dataclasses import dataclass
from typing import Generic, Protocol

from ._answers.answer import Outcome
from ._call import Call, guarded
from ._progress import OnProgress, ProgressEvent
from ._protocol import Conversation, Dialogue, Perform, SendRequest, Step, T, Turn, Wait


class AsyncSender(Protocol):
    """A transport, as far as the driver needs it."""

    async def send(self, request: SendRequest) -> Outcome:
        """Return the answer, or why there is none."""

    async def close(self) -> None:
        """Free what the transport holds."""


@dataclass(frozen=True, slots=True)
class Returned(Generic[T]):
    """What the conversation returned, as the last event: an asynchronous generator cannot return a value."""

    value: T


class AsyncDriver:
    """Runs conversations on a transport, a clock and a way to sleep, within one event loop."""

    def __init__(
        self,
        transport: AsyncSender,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._transport = transport
        self.clock = clock
        self._sleep = sleep

    async def run(
        self, call: Call, conversation: Conversation[T], on_progress: OnProgress | None = None
    ) -> T:
        """Return what the conversation returns; its events go to `on_progress`."""
        # An abandoned generator would be closed by the loop some time later, if the loop is still there.
        async with aclosing(self.events(call, conversation)) as events:
            async for event in events:
                if isinstance(event, Returned):
                    return event.value
                try:
                    if on_progress:
                        on_progress(event)
                except BaseException as error:
                    # The conversation gets the callback's error, so that it can add the job id to it.
                    await events.athrow(error)
        raise AssertionError("the events of a conversation end with what it returns")

    async def events(
        self, call: Call, conversation: Conversation[T]
    ) -> AsyncGenerator[ProgressEvent | Returned[T], None]:
        """Yield the events of the conversation as they happen, then what it returns."""
        with closing(Dialogue(guarded(call, conversation))) as dialogue:
            while (step := dialogue.step) is not None:
                try:
                    if isinstance(step, ProgressEvent):
                        yield step
                    result = await self._do(step)
                except BaseException as error:
                    # A cancellation too: the conversation cleans up, and adds the job id to it.
                    dialogue.fail(error)
                else:
                    dialogue.answer(Turn(self.clock(), result))
            yield Returned(dialogue.value)

    async def close(self) -> None:
        """Close the transport."""
        await self._transport.close()

    async def _do(self, step: Step) -> object:
        if isinstance(step, SendRequest):
            return await self._transport.send(step)
        if isinstance(step, Perform):
            return await asyncio.to_thread(step.action)
        if isinstance(step, Wait):
            await self._sleep(step.seconds)
        return None
