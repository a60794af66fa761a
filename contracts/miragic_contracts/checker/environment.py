"""What prevented a verdict: the network, the account, an outage, a wrong address."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from typing import Final

from ..rules.view import KEY_REFUSED
from ..spec import Spec
from ..trace import Answer, Exchange, Intent, Key, Trace, Trouble

_OUTAGE: Final = frozenset({502, 503, 504})


def environment_of(trace: Trace, spec: Spec) -> tuple[str, ...]:
    """Return why a trace cannot show that a server conforms, as sentences; none if nothing is in the way."""
    if not trace.exchanges:
        return ("nothing was asked",)
    answers = tuple(e.answer for e in trace.exchanges if e.answer)
    if not answers:
        return (_unreachable(trace.exchanges),)
    if is_something_else(answers):
        return ("what answers is not this API: is the base URL right? is there a proxy or a sign-in page?",)
    return tuple(_submission_reasons(trace, spec))


def is_something_else(answers: Sequence[Answer]) -> bool:
    """Return whether every answer is a web page or a redirection: a portal, a proxy, a wrong address."""
    return all(_is_page(answer) or 300 <= answer.status < 400 for answer in answers)


def _submission_reasons(trace: Trace, spec: Spec) -> list[str]:
    last = _last_tries(trace, spec)
    statuses = {e.answer.status for e in last if e.answer}
    is_any_accepted = any(e.answer and e.answer.is_success for e in last)
    reasons = []
    if 402 in statuses:
        reasons.append("the account has too few credits: a submission was answered 402")
    if 429 in statuses:
        reasons.append("the rate limit or a quota was reached, and waiting did not help: 429")
    if statuses & _OUTAGE:
        reasons.append(f"the service is not available: {', '.join(map(str, sorted(statuses & _OUTAGE)))}")
    # Every sound server refuses a probe without a key, or with a wrong one. That says nothing of the key.
    refused = {e.answer.status for e in last if e.answer and e.key is Key.FIRST} & KEY_REFUSED
    if refused and not is_any_accepted:
        reasons.append("the key was refused: is it the right one for this base URL?")
    # A broken answer is a finding of the rule `framing`, and no excuse.
    if any(e.trouble and e.trouble is not Trouble.FRAMING for e in last):
        reasons.append(_unreachable(last))
    return reasons


def _last_tries(trace: Trace, spec: Spec) -> tuple[Exchange, ...]:
    """Return the last try of each submission, or the last request of all where there is none yet."""
    # The last one only: a 429 or 503 that a retry got past prevented nothing.
    tries: dict[object, Exchange] = {}
    for exchange in trace.exchanges:
        if exchange.operation == spec.submit.id and exchange.key is Key.FIRST:
            tries[(exchange.intent, exchange.job)] = exchange
    is_customers = (Intent.SUBMIT, Intent.SUBMIT_NOISE)
    customers = tuple(e for e in tries.values() if e.intent in is_customers)
    return customers or trace.exchanges[-1:]


def _unreachable(exchanges: Sequence[Exchange]) -> str:
    # The latest: of several troubles it is the one that lasted.
    troubled = next(e for e in reversed(exchanges) if e.trouble)
    return f"the server cannot be reached: {troubled.trouble} ({troubled.detail})"


def _is_page(answer: Answer) -> bool:
    # By its first character, since portals and proxies often call their page anything.
    return answer.body.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"<"
