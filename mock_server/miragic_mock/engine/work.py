"""The work that a call asks for, in two steps, so that the faults of its job's plan can strike in between."""

from __future__ import annotations

from typing import Protocol

from ..exchange.call import Call
from ..exchange.messages import Answer
from .injection.strikes import PlanFaults


class Work(Protocol):
    """Work that has begun: its job's plan is known, and nothing has been stored or charged for it."""

    @property
    def faults(self) -> PlanFaults:
        """The faults of the job's plan."""

    def answer(self, call: Call) -> Answer:
        """Return the answer; what is to be kept for it waits in `call` until that is kept with the exchange.

        Raises:
            RefusedError: it cannot be done after all.
        """
