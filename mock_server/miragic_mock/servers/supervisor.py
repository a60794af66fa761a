"""Granian's main process: it starts workers again that died, and says so on standard error.

Rule: a worker's death ends the server only where going on would help nobody: its state was in its memory, or
workers die again and again before they serve.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from granian import Granian
from granian.log import logger

_LONG_S: Final = 10.0
"""A worker that lived so long died for a reason of its own, and the pauses begin anew."""

_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 5.0
_MOST_BEFORE_SERVING: Final = 5


@dataclass(slots=True)
class Restarts:
    """Decides whether and when dead workers are started again.

    Attributes:
        quick: Deaths soon after a start, in a row.
        unborn: Deaths before serving, in a row.
    """

    quick: int = field(default=0)
    unborn: int = field(default=0)

    def pause_s(self, *, lived_s: float, was_up: bool) -> float | None:
        """Return how long to wait before a worker is started again; None for never.

        Args:
            lived_s: How long it lived.
            was_up: Whether it got as far as serving.
        """
        self.unborn = 0 if was_up else self.unborn + 1
        if self.unborn >= _MOST_BEFORE_SERVING:
            return None
        self.quick = 0 if lived_s >= _LONG_S else self.quick + 1
        # The first death costs nobody any time.
        return (
            0.0 if self.quick <= 1 else min(_FIRST_PAUSE_S * 2.0 ** min(self.quick - 2, 16), _LONGEST_PAUSE_S)
        )


class Supervisor(Granian):  # type: ignore[misc,valid-type]  # Granian picks its class by the interpreter
    """Granian that starts dead workers again, and calls back when its workers have been started.

    Granian's own `respawn_failed_workers` ends the server when a worker dies twice within 5.5 s, and misses
    one that dies while it starts another.
    """

    def __init__(
        self,
        *args: Any,
        after_start: Callable[[], None],
        is_up: Callable[[int], bool],
        keeps_state: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._after_start, self._is_up, self._keeps_state = after_start, is_up, keeps_state
        self._restarts = Restarts()

    def startup(self, *args: Any) -> None:
        """Start the workers, then call back."""
        super().startup(*args)
        self._after_start()

    def _serve_loop(self, spawn_target: Any, target_loader: Any) -> None:
        while True:
            self.main_loop_interrupt.wait()
            self.main_loop_interrupt.clear()
            if self.interrupt_signal or not self._revived(spawn_target, target_loader):
                break
        if self.interrupt_signal:
            # What died before was started again, and a server that was asked to stop has not failed.
            self.interrupt_children.clear()

    def _revived(self, spawn_target: Any, target_loader: Any) -> bool:
        """Start each dead worker again; return False where the server must end."""
        for index, worker in enumerate(self.wrks):
            if worker.is_alive():
                continue
            died = f"worker {index + 1} (process {worker.inner.pid}) {_death(worker.inner.exitcode)}"
            if not self._keeps_state:
                logger.error(f"{died}; its state was in its memory, so the server ends.")
                return False
            pause_s = self._restarts.pause_s(
                lived_s=time.monotonic() - worker.birth, was_up=self._is_up(worker.inner.pid)
            )
            if pause_s is None:
                logger.error(
                    f"{died}, and so did {_MOST_BEFORE_SERVING} in a row before they served: it ends."
                )
                return False
            # Not a sleep: a signal ends the server at once.
            if pause_s and self.main_loop_interrupt.wait(pause_s) and self.interrupt_signal:
                return True
            new = self._spawn_worker(idx=index, target=spawn_target, callback_loader=target_loader)
            new.start()
            self.wrks[index] = new
            logger.error(f"{died}; it was started again as process {new.inner.pid}.")
        return True


def _death(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"was killed by signal {-exit_code}"
    return f"ended with status {exit_code}"
