"""All rules, in the order in which reports show them."""

from __future__ import annotations

import contextlib
from typing import Final

from ..spec import Spec, SpecError, load_spec
from . import access, documents, echo, identity, lifecycle, money, requests, times, wire
from .grounds import check_grounds
from .rule import AnyRule

RULES: Final[tuple[AnyRule, ...]] = (
    wire.status_declared,
    wire.no_server_error,
    wire.framing,
    wire.media_type,
    wire.json_body,
    wire.json_names,
    wire.answer_headers,
    documents.created_document,
    documents.job_document,
    documents.error_document,
    documents.error_not_success,
    requests.takes_recordings,
    requests.refuses_bad_forms,
    requests.no_such_job,
    requests.method_refused,
    requests.no_innards,
    requests.key_kept,
    access.key_required,
    access.key_checked,
    access.key_header_case,
    access.jobs_private,
    lifecycle.legal_moves,
    lifecycle.never_back,
    lifecycle.job_ends,
    lifecycle.progress_order,
    lifecycle.end_stays,
    lifecycle.readable,
    identity.id_echo,
    identity.ids_unique,
    identity.owner_one,
    identity.owner_stays,
    identity.birth_stays,
    times.times_in_order,
    times.update_order,
    times.times_one_type,
    times.times_plausible,
    echo.question_echo,
    echo.format_echo,
    echo.form_echo,
    echo.file_name_echo,
    echo.texts_agree,
    money.cost_plausible,
    money.cost_known,
)


def rules_for(spec: Spec) -> tuple[AnyRule, ...]:
    """Return the rules that are about something that a contract has."""
    return tuple(rule for rule in RULES if rule.concerns(spec))


# Checked at import, so that a missing ground shows when a rule is written, not when a server breaks the rule.
# It costs one reading of the contract, some 20 ms. A contract that does not load is no concern here: loading
# it says what is wrong.
with contextlib.suppress(SpecError):
    check_grounds(RULES, load_spec())
