"""Whatever JSON a control call brings, it is answered, and never with a defect of the mock."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from miragic_mock.control.attempts import MOST, MOST_ADDRESSES, WINDOW_S, Attempts
from miragic_mock.control.document import load_document
from miragic_mock.control.guard import Guard

WITH_BODY = sorted(
    (path, method.upper())
    for path, item in load_document().value["paths"].items()
    for method, operation in item.items()
    if method != "parameters" and "requestBody" in operation
)
MEMBERS = sorted(
    {"plan", "scenario", "faults", "at", "seconds", "rate", "name", "ttl", "credits", "rate_limit", "seed"}
    | {"clock", "api_key", "outcome", "text", "error", "all"}
)
RAW = [
    b"[" * 900 + b"]" * 900,
    b"[" * 100_000,
    b'{"plan":' + b"[" * 900 + b"]" * 900 + b"}",
    b'{"plan":' * 900 + b"1" + b"}" * 900,
    b'{"faults":[' + b"[" * 900 + b"]" * 900 + b"]}",
    b'{"seconds":' + b"9" * 5000 + b"}",
    b'{"seed":' + b"9" * 4000 + b"}",
    b'{"seconds":1e999}',
    b'{"seed":1e300}',
    b'{"seconds":NaN}',
    b'{"seconds":-Infinity}',
    b'{"plan":"\\ud800"}',
    b'{"name":"\\udfff"}',
    b'{"\\ud800":1}',
    b'{"scenario":"a=' + b"[" * 3000 + b'"}',
    b'{"scenario":"a=' + b"9" * 5000 + b'"}',
    b'{"scenario":"a=2026-13-45"}',
    b"\xff\xfe{",
    b"null",
    b'"text"',
    b"",
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(["done-after=1s", "503(first=1)", "60/min", "frozen", "-1x", "nanx", "infx", "1e400x"]),
    lambda deeper: (
        st.lists(deeper, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), deeper, max_size=3)
    ),
    max_leaves=8,
)


def answered(api: Any, path: str, method: str, body: bytes) -> None:
    place = path.replace("{tenantId}", "0" * 32).replace("{jobId}", "x")
    answer = api.client.open(
        f"/_mock{place}",
        method=method,
        data=body,
        headers={"X-API-Key": "k", "Content-Type": "application/json"},
    )
    assert answer.status_code < 500, answer.text


@pytest.mark.parametrize(("path", "method"), WITH_BODY)
@pytest.mark.parametrize("body", RAW, ids=range(len(RAW)))
def test_odd_bodies_are_answered(api: Any, path: str, method: str, body: bytes) -> None:
    """Deep nesting, huge numbers, numbers that are none, half characters, no JSON at all."""
    answered(api, path, method, body)


@pytest.mark.parametrize(("path", "method"), WITH_BODY)
def test_any_value_anywhere_is_answered(api: Any, path: str, method: str) -> None:
    """Values of any type under the names that the API knows."""

    @given(st.dictionaries(st.sampled_from(MEMBERS), VALUES, max_size=3))
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def check(body: Any) -> None:
        answered(api, path, method, json.dumps(body).encode())

    check()


@pytest.mark.parametrize(
    "plan", ["[" * 5000, "fault=" + "(" * 5000, "done-after=" + "9" * 5000, "text=%ED%A0%80"]
)
def test_odd_plans_in_a_header_are_answered(api: Any, plan: str) -> None:
    """A plan that nobody could mean is refused, or taken for what it says."""
    assert api.submit(plan).status_code < 500


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_that_sends_no_origin_is_kept_out(make_api: Any, site: str) -> None:
    """Browsers say where an image or a form comes from; the right token does not help a foreign page."""
    make_api().control("GET", "/jobs", headers={"Sec-Fetch-Site": site}, status=403)
    make_api().control("GET", "/jobs", headers={"Sec-Fetch-Site": "same-origin"})
    token = {"Authorization": "Bearer s3cret"}
    make_api(guard=Guard("s3cret")).control(
        "GET", "/jobs", headers=token | {"Sec-Fetch-Site": site}, status=403
    )


def test_wrong_tokens_are_limited_and_the_right_one_is_not(make_api: Any) -> None:
    """After some wrong tokens the answer is 429 with Retry-After, and the right one still gets in."""
    api = make_api(guard=Guard("s3cret"))

    def asked(token: str) -> Any:
        return api.client.get("/_mock/jobs", headers={"Authorization": f"Bearer {token}"})

    statuses = [asked(f"wrong{n}").status_code for n in range(MOST + 2)]
    assert statuses == [401] * MOST + [429] * 2
    assert 0 < int(asked("wrong").headers["Retry-After"]) <= WINDOW_S
    assert asked("s3cret").status_code == 200
    assert api.client.get("/_mock/jobs").status_code == 401  # no token is no attempt


def test_attempts_are_counted_by_address_for_a_while_in_bounded_memory() -> None:
    """Other addresses are not refused, the window ends, and old addresses make space for new ones."""
    now = 0.0
    attempts = Attempts(lambda: now)
    assert [attempts.wait_s("2001:db8::1") for _ in range(MOST + 1)][-2:] == [0, 60]
    assert attempts.wait_s("2001:db8::2") == 60
    assert attempts.wait_s("192.0.2.1") == 0
    now = WINDOW_S
    assert attempts.wait_s("2001:db8::1") == 0
    for number in range(MOST_ADDRESSES * 2):
        attempts.wait_s(f"10.0.{number // 256}.{number % 256}")
    assert len(attempts._seen) == MOST_ADDRESSES
