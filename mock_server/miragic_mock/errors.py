"""What can go wrong in the mock, as one tree; every error says what was expected, what came and what to do.

    MockError
    ├── ControlError     a control call that the mock refuses            (raised by the methods of `Mock`)
    ├── PlanError        a plan, fault or tag that does not parse        (the edge answers 400)
    ├── ScenarioError    a scenario file that does not validate          (start-up, or 400)
    ├── TranscriptError  a transcript source that cannot be opened       (start-up)
    └── StoreError       a store that cannot be opened or used           (start-up, or 503)
        ├── JobExistsError    a job under an id that is taken                 (503)
        ├── OutOfCreditsError a submit the tenant cannot pay                  (402)
        ├── OutdatedError     what was found is no longer so                  (the engine answers anew)
        ├── UnusableError     a store that cannot be used as it is           (start-up, or 503)
        ├── AnswerLostError   it is not known whether something was done     (503)
        └── UnknownTenantError a tenant that has ended meanwhile             (401, 404 or 503)

Rule: data travels as attributes and survives pickling; no message ever contains an API key.
"""

from __future__ import annotations

from typing import Final

_REPEATED_CHARS: Final = 200
"""How much of a text an error repeats; the whole is in its attributes."""


class MockError(Exception):
    """Base of everything this package raises on purpose."""


class ControlError(MockError):
    """A control call that the mock refuses.

    Attributes:
        status: The HTTP status.
        message: The mock's sentence.
    """

    def __init__(self, status: int, message: str):
        self.status = status
        self.message = message
        # All that `__init__` takes, since an exception is unpickled by calling it with `args`.
        super().__init__(status, message)

    def __str__(self) -> str:
        return self.message


class PlanError(MockError):
    """A plan, fault or tag that does not parse.

    Attributes:
        text: The whole text.
        word: The piece at fault, as written.
        position: Its 0-based offset in `text`.
        expected: What would have been right there.
        nearest: The legal word that it resembles most, or None.
    """

    def __init__(self, *, text: str, word: str, position: int, expected: str, nearest: str | None = None):
        self.text = text
        self.word = word
        self.position = position
        self.expected = expected
        self.nearest = nearest
        guess = f"; did you mean {nearest!r}?" if nearest else ""
        super().__init__(
            f"at position {position} of {_shortened(text)!r}: "
            f"expected {expected}, got {_shortened(word)!r}{guess}"
        )

    def __reduce__(self) -> tuple[object, ...]:
        # `args` is the message alone, and `__init__` takes keywords, which pickle cannot pass.
        return _rebuild_plan_error, (self.text, self.word, self.position, self.expected, self.nearest)


def _rebuild_plan_error(text: str, word: str, position: int, expected: str, nearest: str | None) -> PlanError:
    return PlanError(text=text, word=word, position=position, expected=expected, nearest=nearest)


class ScenarioError(MockError):
    """A scenario that does not validate.

    Attributes:
        file: The name that it was read from.
        rule: The 1-based number of the rule, or None for the file as a whole.
        word: The key or value at fault.
        expected: What would have been right.
    """

    def __init__(self, file: str, rule: int | None, word: str, expected: str):
        self.file = file
        self.rule = rule
        self.word = word
        self.expected = expected
        place = file if rule is None else f"{file}, rule {rule}"
        super().__init__(file, rule, word, expected)
        self._message = f"{place}: {word!r}: {expected}"

    def __str__(self) -> str:
        return self._message


class TranscriptError(MockError):
    """A transcript source that cannot be used; the message names the source and the remedy."""


class StoreError(MockError):
    """A store that cannot be opened or does not answer; the message names the remedy."""


class JobExistsError(StoreError):
    """A job under an id that another job has: nothing was stored and nothing charged."""

    def __init__(self, job_id: str):
        self.job_id = job_id
        super().__init__(job_id)

    def __str__(self) -> str:
        return f"there is a job {self.job_id} already; submit again"


class OutOfCreditsError(StoreError):
    """A submit that costs more than the tenant has left: nothing was stored and nothing charged."""

    def __init__(self, needed: int, left: int):
        self.needed = needed
        self.left = left
        super().__init__(needed, left)

    def __str__(self) -> str:
        return f"this job costs {self.needed} credits and {self.left} are left; grant more to the tenant"


class OutdatedError(StoreError):
    """What was found of a tenant, its job or its counters is no longer so: nothing was done; look again."""

    def __init__(self, tenant_id: str):
        self.tenant_id = tenant_id
        super().__init__(tenant_id)

    def __str__(self) -> str:
        return f"what was found of tenant {self.tenant_id} is no longer so; look again"


class UnusableError(StoreError):
    """A store that cannot be used as it is.

    Attributes:
        place: The file or server.
        reason: What is the matter, such as `"full"` or `"read-only"`.
        detail: The same in a sentence, with what the library said.
        remedy: What to do.
    """

    def __init__(self, place: str, reason: str, detail: str, remedy: str):
        self.place = place
        self.reason = reason
        self.detail = detail
        self.remedy = remedy
        super().__init__(place, reason, detail, remedy)

    def __str__(self) -> str:
        return f"{self.place}: {self.detail}; {self.remedy}"


class AnswerLostError(StoreError):
    """The store was asked for something, and the connection failed before its answer came."""


class UnknownTenantError(StoreError):
    """Something was to be kept for a tenant that is not there, or no longer: nothing was done."""

    def __init__(self, tenant_id: str):
        self.tenant_id = tenant_id
        super().__init__(tenant_id)

    def __str__(self) -> str:
        return f"there is no tenant {self.tenant_id}, or it has ended; make it first"


def _shortened(text: str) -> str:
    return text if len(text) <= _REPEATED_CHARS else f"{text[:_REPEATED_CHARS]}…"
