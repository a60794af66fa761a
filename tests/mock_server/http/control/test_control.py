"""The control API: whom a call is about, and what it sees and changes."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from miragic_mock.control import Control
from miragic_mock.control.api import VIEWS
from miragic_mock.control.waiting import MOST_WAITING, Waiting
from miragic_mock.errors import MockError
from miragic_mock.guard import Guard
from miragic_mock.lifecycle import TRANSITIONS
from miragic_mock.settings import Settings
from miragic_mock.tenants import tenant_id
from miragic_mock.uploads import FORM_BOUNDS
from prometheus_client.parser import text_string_to_metric_families


def control(
    api: Any, method: str, path: str, *, status: int = 200, about: str | None = "", **more: Any
) -> Any:
    """A call of the control API about the client's own tenant (`about` None: about the server)."""
    headers = {} if about is None else {"X-API-Key": about or api.key}
    answer = api.client.open(
        f"/_mock{path}", method=method, headers=headers | more.pop("headers", {}), **more
    )
    assert answer.status_code == status, answer.text
    assert answer.headers["X-Request-Id"]
    return answer.get_json() if answer.data and answer.is_json else answer.text


# time ----------------------------------------------------------------------------------------------------


def test_a_long_job_takes_no_time(api: Any) -> None:
    """A 30-minute job is over when the clock is advanced by 30 minutes, and not a second sooner."""
    control(api, "POST", "/clock/freeze")
    job_id = api.submitted("done-after=30m;text=at last")
    control(api, "POST", "/clock/advance", json={"seconds": 1799})
    assert api.job(job_id)["status"] == "PENDING"
    control(api, "POST", "/clock/advance", json={"seconds": 1})
    assert api.job(job_id)["transcription"] == "at last"


def test_advancing_tells_what_it_changed_in_order(api: Any) -> None:
    """The answer lists the transitions in order of time, each once."""
    control(api, "POST", "/clock/freeze")
    late, early = api.submitted("done-after=20s"), api.submitted("done-after=10s;outcome=failed")
    moved = control(api, "POST", "/clock/advance", json={"seconds": 20})
    assert [(made["job"], made["after"]) for made in moved["transitions"]] == [
        (early, "FAILED"),
        (late, "COMPLETED"),
    ]
    assert control(api, "POST", "/clock/advance", json={"seconds": 20})["transitions"] == []


def test_a_clock_is_one_tenants_own(api: Any) -> None:
    """Moving one tenant's clock moves no other's; moving the server's moves all."""
    other = api.as_("another-key")
    mine, theirs = api.submitted("done-after=60s"), other.submitted("done-after=60s")
    control(api, "POST", "/clock/advance", json={"seconds": 60})
    assert (api.job(mine)["status"], other.job(theirs)["status"]) == ("COMPLETED", "PENDING")
    moved = control(api, "POST", "/clock/advance", about=None, json={"seconds": 60})
    assert [made["tenant"] for made in moved["transitions"]] == [tenant_id("another-key")]
    assert other.job(theirs)["status"] == "COMPLETED"


def test_a_clock_runs_at_a_rate_and_stands_at_a_moment(api: Any) -> None:
    """A scaled clock shows `rate` seconds for each, a set one the moment, a real one the time beneath."""
    control(api, "POST", "/clock/scale", json={"rate": 60})
    job_id = api.submitted("done-after=60s")
    api.time.pass_s(1)
    assert api.job(job_id)["status"] == "COMPLETED"
    frozen = control(api, "POST", "/clock/freeze", json={"at": "2030-01-01T00:00:00Z"})
    assert frozen["clock"] == {"now": "2030-01-01T00:00:00.000Z", "mode": "frozen", "rate": 0.0}
    api.time.pass_s(5)
    assert control(api, "GET", "/clock")["now"] == "2030-01-01T00:00:00.000Z"
    control(api, "POST", "/clock/set", json={"at": 0})
    assert control(api, "GET", "/clock")["now"] == "1970-01-01T00:00:00.000Z"
    control(api, "POST", "/clock/real")
    assert control(api, "GET", "/clock") == {"now": "2026-01-01T11:00:06.000Z", "mode": "real", "rate": 1.0}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/clock/advance", {}),
        ("/clock/advance", {"seconds": -1}),
        ("/clock/advance", {"seconds": "10"}),
        ("/clock/scale", {"rate": -1}),
        ("/clock/set", {"at": "yesterday"}),
        ("/clock/set", {"at": "9999-01-01T00:00:00Z"}),
        ("/clock/freeze", {"until": 3}),
    ],
)
def test_an_impossible_time_is_refused(api: Any, path: str, body: dict[str, Any]) -> None:
    """What no clock can do is a 400 that says why, and the clock stays as it was."""
    before = control(api, "GET", "/clock")
    assert control(api, "POST", path, status=400, json=body)["error"]["message"]
    assert control(api, "GET", "/clock") == before


# jobs ----------------------------------------------------------------------------------------------------


def test_a_manual_job_ends_on_command(api: Any) -> None:
    """A job planned to be done on command is PENDING until then, and shows the text that the command gave."""
    job_id = api.submitted("done=manual")
    api.time.pass_s(1e6)
    assert api.job(job_id)["status"] == "PENDING"
    control(api, "POST", f"/jobs/{job_id}/finish", json={"text": "by hand"})
    assert api.job(job_id)["transcription"] == "by hand"
    control(api, "POST", f"/jobs/{job_id}/finish", status=409)


def test_a_command_can_fail_a_job(api: Any) -> None:
    """A reason alone ends the job as FAILED, before its time."""
    job_id = api.submitted("done-after=1h")
    control(api, "POST", f"/jobs/{job_id}/finish", json={"error": "unplugged"})
    assert (api.job(job_id)["status"], api.job(job_id)["errorMessage"]) == ("FAILED", "unplugged")


def test_a_jobs_plan_can_change_until_it_ends(api: Any) -> None:
    """The control API's plan for one job wins over all others, and is named as its source."""
    job_id = api.submitted("done=never;text=before")
    changed = control(api, "PUT", f"/jobs/{job_id}/plan", json={"plan": "done-after=1s;text=after"})
    assert changed["plan"].startswith("done-after=1s;")
    api.time.pass_s(1)
    assert api.job(job_id)["transcription"] == "after"
    given_by = {
        part["part"]: part["given_by"] for part in control(api, "GET", f"/jobs/{job_id}/explain")["plan"]
    }
    assert given_by["finish"] == given_by["text"] == "control API"
    assert given_by["credits"] == "default"
    control(api, "PUT", f"/jobs/{job_id}/plan", status=409, json={"plan": "done=never"})


def test_a_charged_job_keeps_its_price(api: Any) -> None:
    """Credits are charged at submission, so a later plan that names others is refused."""
    job_id = api.submitted("done=manual")
    control(api, "PUT", f"/jobs/{job_id}/plan", status=400, json={"plan": "credits=9"})


@pytest.mark.parametrize(
    ("plan", "coming", "sentence"),
    [
        ("done-after=30s", ("COMPLETED", "time", 30.0), "The job is COMPLETED at 2026-01-01T11:00:30.000Z"),
        ("done-after=3polls;outcome=failed", ("FAILED", "poll", 3), "The job is FAILED at the 3. poll"),
        ("done=manual", ("COMPLETED", "command", 0), "The job is COMPLETED on command"),
        ("done=never", None, "The job never ends"),
        ("done-after=0s", None, "The job has ended as COMPLETED"),
    ],
)
def test_a_job_explains_itself(api: Any, plan: str, coming: Any, sentence: str) -> None:
    """The explanation says what happens next and when, and who planned it."""
    explained = control(api, "GET", f"/jobs/{api.submitted(plan)}/explain")
    found = explained["next"]
    assert (found and (found["status"], found["how"], found["left"])) == coming
    assert explained["sentence"].startswith(sentence)
    assert explained["plan"][0]["given_by"] == "header X-Mock-Plan"
    assert explained["plan"][0]["value"] == plan.partition(";")[0]


def test_looking_here_is_no_poll(api: Any) -> None:
    """Neither a list, nor a look, nor an explanation brings a job closer to its end."""
    job_id = api.submitted("done-after=1polls")
    control(api, "GET", "/jobs")
    control(api, "GET", f"/jobs/{job_id}/explain")
    assert control(api, "GET", f"/jobs/{job_id}")["status"] == "PENDING"
    assert api.job(job_id)["status"] == "COMPLETED"


def test_the_newest_jobs_are_listed(api: Any) -> None:
    """A list holds the newest, oldest of them first: the tenant's own, or everybody's."""
    ids = []
    for n in range(3):
        ids.append(api.submitted(content=bytes([n])))
        api.time.pass_s(1)
    theirs = api.as_("another-key").submitted()
    assert [job["id"] for job in control(api, "GET", "/jobs?limit=2")["jobs"]] == ids[1:]
    assert [job["id"] for job in control(api, "GET", "/jobs", about=None)["jobs"]] == [*ids, theirs]


# waiting -------------------------------------------------------------------------------------------------


def test_a_wait_ends_when_the_job_does(api: Any) -> None:
    """A wait answers with the job as soon as it is so far."""
    waits = Control(api.engine, waiting=Waiting(sleep=api.time.pass_s, monotonic=api.time))
    job_id = api.submitted("done-after=3s;outcome=failed")
    assert _wait(waits, f"job={job_id}&until=FAILED&timeout=10") == (200, "FAILED")
    assert 3 <= api.time.now - 1_767_265_200 < 3.1


def test_a_wait_is_bounded(api: Any) -> None:
    """A wait whose job is not so far in time is refused, and says how far the job is."""
    waits = Control(api.engine, waiting=Waiting(sleep=api.time.pass_s, monotonic=api.time))
    job_id = api.submitted("done=never")
    status, message = _wait(waits, f"job={job_id}&timeout=5")
    assert (status, message) == (408, "The job was not terminal in time: it is PENDING after 0 polls.")
    assert api.time.now - 1_767_265_200 == pytest.approx(5)


def test_a_wait_for_what_cannot_come_ends_at_once(api: Any) -> None:
    """A job that ended otherwise, or a status that there is not, is said at once instead of waited for."""
    waits = Control(api.engine, waiting=Waiting(sleep=api.time.pass_s, monotonic=api.time))
    job_id, began = api.submitted("done-after=0s;outcome=failed"), api.time.now
    assert _wait(waits, f"job={job_id}&until=COMPLETED") == (
        409,
        "The job has ended as FAILED; it will not be COMPLETED any more.",
    )
    status, message = _wait(waits, f"job={job_id}&until=COMPLTED")
    assert (status, "'COMPLTED'" in message.replace('"', "'")) == (400, True)
    assert all(word in message for word in (*TRANSITIONS, "terminal", "polls>="))
    assert _wait(waits, f"job={job_id}&until=failed") == (200, "FAILED")
    assert api.time.now == began


def test_a_wait_can_be_for_polls(api: Any) -> None:
    """Polls of others end a wait for a number of them."""
    job_id = api.submitted("done=never")

    def another_polls(seconds: float) -> None:
        api.time.pass_s(seconds)
        api.poll(job_id)

    waits = Control(api.engine, waiting=Waiting(sleep=another_polls, monotonic=api.time))
    assert _wait(waits, f"job={job_id}&until=polls%3E%3D4") == (200, "PENDING")
    assert control(api, "GET", f"/jobs/{job_id}")["polls"] == 4


def test_only_some_may_wait_at_once(api: Any) -> None:
    """When all seats are taken a further wait is refused at once, and a seat left is free again."""
    waiting = Waiting(sleep=api.time.pass_s, monotonic=api.time)
    waits = Control(api.engine, waiting=waiting)
    job_id = api.submitted("done=never")
    for _ in range(MOST_WAITING):
        waiting.seats.acquire()
    assert _wait(waits, f"job={job_id}")[0] == 503
    waiting.seats.release()
    assert _wait(waits, f"job={job_id}&timeout=0")[0] == 408
    assert _wait(waits, f"job={job_id}&timeout=0")[0] == 408


def _wait(waits: Control, query: str) -> tuple[int, str]:
    import io

    from miragic_mock.messages import Request

    answer = waits.handle(Request("GET", "/_mock/wait", {}, io.BytesIO(), query=query))
    document = json.loads(answer.body)
    return answer.status, document["status"] if answer.status == 200 else document["error"]["message"]


# tenants and steering ------------------------------------------------------------------------------------


def test_a_tenant_is_made_with_a_key_of_its_own(api: Any) -> None:
    """The key of a new tenant is shown once, opens the API, and is in no other answer."""
    made = control(
        api, "POST", "/tenants", status=201, about=None, json={"credits": 3, "plan": "done-after=0s"}
    )
    theirs = api.as_(made["api_key"])
    assert theirs.job(theirs.submitted())["status"] == "COMPLETED"
    assert theirs.submit().status_code == 402
    everything = json.dumps([control(api, "GET", path, about=None) for path in ("/", "/tenants", "/journal")])
    assert made["api_key"] not in everything
    assert made["tenant"]["id"] in everything


def test_a_tenant_ends_whole(api: Any) -> None:
    """After the end of a tenant nothing of it is left, and its key is a stranger's."""
    made = control(api, "POST", "/tenants", status=201, json={"api_key": "chosen"})
    theirs = api.as_("chosen")
    job_id = theirs.submitted()
    control(api, "DELETE", f"/tenants/{made['tenant']['id']}", status=204)
    assert theirs.poll(job_id).status_code == 404
    control(api, "GET", f"/tenants/{made['tenant']['id']}")
    assert control(theirs, "GET", "/journal")["exchanges"][0]["number"] == 1


def test_to_ask_for_a_tenant_makes_none(api: Any) -> None:
    """Asking after a tenant that has ended, with the key that was its own, does not bring it back."""
    api.submit()
    (name,) = [tenant["id"] for tenant in control(api, "GET", "/tenants")["tenants"]]
    control(api, "DELETE", f"/tenants/{name}", status=204)
    control(api, "GET", f"/tenants/{name}", status=404)
    assert control(api, "GET", "/tenants")["tenants"] == []


def test_a_tenant_lives_its_time(api: Any) -> None:
    """A tenant with a time to live ends whole after it: its jobs are gone, and its key is a stranger's."""
    made = control(api, "POST", "/tenants", status=201, json={"ttl": 60})
    theirs = api.as_(made["api_key"])
    job_id = theirs.submitted()
    api.time.pass_s(60)
    assert [theirs.poll(job_id).status_code for _ in range(2)] == [404, 404]
    assert theirs.submit().status_code == 201


@pytest.mark.parametrize(
    "path",
    ["/tenants/{}", "/tenants/{}/jobs", "/tenants/{}/ledger", "/tenants/{}/wait?job={job}", "/jobs/{job}"],
)
def test_a_tenant_whose_time_is_over_is_not_looked_at(api: Any, path: str) -> None:
    """Nothing of it is there for the control API either, whoever looks first; its key can be given anew."""
    made = control(api, "POST", "/tenants", status=201, json={"ttl": 60, "api_key": "short-lived"})
    job_id = api.as_("short-lived").submitted()
    here = path.format(made["tenant"]["id"], job=job_id)
    api.time.pass_s(59.9)
    control(api, "GET", here, about=None)
    api.time.pass_s(0.1)
    control(api, "GET", here, about=None, status=404)
    assert control(api, "GET", "/tenants", about=None) == {"tenants": []}
    control(api, "POST", "/tenants", status=201, json={"api_key": "short-lived"})


def test_an_upload_ends_with_its_tenant(api: Any) -> None:
    """A link to it leads nowhere from then on."""
    control(api, "POST", "/tenants", status=201, json={"ttl": 60, "api_key": "short-lived"})
    theirs = api.as_("short-lived")
    link = urlsplit(theirs.job(theirs.submitted())["audioUrl"]).path
    assert api.client.get(link).status_code == 200
    api.time.pass_s(60)
    assert api.client.get(link).status_code == 404


def test_a_strangers_key_stays_out_where_keys_are_given(make_api: Any) -> None:
    """Where only given keys are let in, a tenant's key opens the API for its time, and never after it."""
    api = make_api(settings=Settings(known_tenants=frozenset({tenant_id("given")})))
    made = control(api, "POST", "/tenants", status=201, json={"ttl": 60})
    theirs = api.as_(made["api_key"])
    assert theirs.submit().status_code == 201
    api.time.pass_s(60)
    assert [theirs.submit().status_code for _ in range(2)] == [401, 401]


def test_a_key_is_taken_once(api: Any) -> None:
    """A key that has a tenant cannot get another."""
    control(api, "POST", "/tenants", status=201, json={"api_key": "mine"})
    control(api, "POST", "/tenants", status=409, json={"api_key": "mine"})


def test_a_tenant_can_be_changed(api: Any) -> None:
    """What a change names is changed, null takes it back, what it leaves out stays."""
    name = control(api, "POST", "/tenants", status=201, json={"credits": 1, "seed": 7})["tenant"]["id"]
    changed = control(
        api, "PATCH", f"/tenants/{name}", json={"credits": None, "rate_limit": "2/s", "name": "ci"}
    )
    assert (changed["credits"], changed["rate_limit"], changed["name"], changed["seed"]) == (
        None,
        "2/s",
        "ci",
        7,
    )
    problem = control(api, "PATCH", f"/tenants/{name}", status=400, json={"plan": "done-aftr=2s"})
    assert "did you mean 'done-after'?" in problem["error"]["message"]


def test_steering_is_set_read_and_cleared(api: Any) -> None:
    """Plan, scenario and faults are kept in canonical spelling until they are cleared."""
    scenario = '[[rule]]\nname = "*.wav"\nplan = "outcome=failed"\n'
    for path, name, given, kept, cleared in (
        ("/plan", "plan", "done-after=2m", "done-after=120s", ""),
        ("/scenario", "scenario", scenario, scenario, ""),
        ("/faults", "faults", ["429(first=3,retry-after=2)"], ["429(retry-after=2s,first=3)"], []),
    ):
        assert control(api, "PUT", path, json={name: given})[name] == kept
        assert control(api, "GET", path)[name] == kept
        control(api, "DELETE", path, status=204)
        assert control(api, "GET", path)[name] == cleared


def test_what_cannot_be_read_is_pointed_at(api: Any) -> None:
    """A slip in a plan, a scenario or a fault is a 400 that names the word, and changes nothing."""
    for path, body, word in (
        ("/plan", {"plan": "outcome=faild"}, "faild"),
        ("/scenario", {"scenario": "[[rule]]\nnme = 'x'\n"}, "nme"),
        ("/faults", {"faults": ["499"]}, "499"),
    ):
        assert word in control(api, "PUT", path, status=400, json=body)["error"]["message"]


def test_reset_forgets_what_happened_to_one_tenant(api: Any) -> None:
    """A reset ends a tenant's jobs, journal and books, keeps what it was given, and touches no other."""
    other = api.as_("another-key")
    mine, theirs = api.submitted(), other.submitted()
    control(api, "PUT", "/plan", json={"plan": "credits=9"})
    assert control(api, "POST", "/reset") == {"tenants": 1}
    assert (api.poll(mine).status_code, other.poll(theirs).status_code) == (404, 200)
    assert control(api, "GET", "/plan") == {"plan": "credits=9"}
    assert control(api, "GET", "/ledger")["charged"] == 0
    control(api, "POST", "/reset", about=None, status=400)
    control(api, "POST", "/reset", about=None, json={"all": True})
    assert other.poll(theirs).status_code == 404


def test_a_call_can_name_its_tenant_by_id(api: Any) -> None:
    """Below /tenants/ID/ every call is about that tenant, whoever asks."""
    job_id = api.submitted()
    found = control(api, "GET", f"/tenants/{tenant_id(api.key)}/jobs", about="somebody-else")
    assert [job["id"] for job in found["jobs"]] == [job_id]
    control(api, "GET", "/tenants/nobody/jobs", status=404)


# evidence ------------------------------------------------------------------------------------------------


def test_the_journal_knows_requests_by_their_id(api: Any) -> None:
    """Each exchange has the id that its answer's X-Request-Id says, and no key."""
    answers = [api.submit(name="ä.mp3"), api.poll("nothing")]
    job_id = answers[0].get_json()["data"]["jobId"]
    answers += [api.poll(job_id), api.client.head(api.poll_path(job_id), headers=api.headers())]
    journal = control(api, "GET", "/journal")
    ids = [one["request_id"] for one in journal["exchanges"]]
    assert ids == [answer.headers["X-Request-Id"] for answer in answers]
    assert [(one["operation"], one["status"], one.get("poll")) for one in journal["exchanges"]] == [
        ("create", 201, 0),
        ("status", 404, None),
        ("status", 200, 1),
        ("status", 200, None),
    ]
    assert journal["exchanges"][0]["file_name"] == "ä.mp3"
    assert api.key not in json.dumps(journal)
    assert control(api, "GET", "/journal.har")["log"]["entries"][1]["response"]["status"] == 404


def test_requests_of_nobody_are_the_servers(api: Any) -> None:
    """A request without a key stands in the server's journal, with the reason of its refusal."""
    api.client.get(api.poll_path("x"))
    (exchange,) = control(api, "GET", "/journal", about=None)["exchanges"]
    assert (exchange["status"], exchange["operation"]) == (401, "status")


def test_the_ledger_adds_up(api: Any) -> None:
    """The books of a tenant name each job's price; the server has none."""
    api.submitted("credits=3")
    books = control(api, "GET", "/ledger")
    assert (books["charged"], books["balance"], books["entries"][0]["charged"]) == (3, None, 3)
    control(api, "GET", "/ledger", about=None, status=400)


def test_bad_manners_are_found(api: Any) -> None:
    """A poll after the end is found, with the numbers of the exchanges; so is an unmet fault."""
    job_id = api.submitted("done-after=0s")
    assert control(api, "GET", "/verify")["good"] is True
    api.job(job_id)
    api.job(job_id)
    verdict = control(api, "GET", "/verify")
    assert (verdict["good"], verdict["findings"][0]["exchanges"]) == (False, [2, 3])
    assert verdict["findings"][0]["rule"] == "no-poll-after-terminal"
    control(api, "PUT", "/faults", json={"faults": ["503(first=1)"]})
    assert control(api, "GET", "/verify")["unmet_faults"] == ["503(first=1)"]


def test_metrics_count_answers(api: Any) -> None:
    """Prometheus reads how often each operation was answered with each status, and what there is."""
    job_id = api.submitted("credits=3")
    api.job(job_id)
    api.job(job_id)
    api.client.get("/nowhere")
    answer = api.client.get("/_mock/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    assert all(family.documentation and family.type != "unknown" for family in families.values())
    answers = {
        (sample.labels["operation"], sample.labels["status"]): sample.value
        for sample in families["miragic_mock_answers"].samples
    }
    assert answers == {("create", "201"): 1, ("status", "200"): 2, ("other", "404"): 1}
    single = {name: family.samples[0].value for name, family in families.items() if len(family.samples) == 1}
    assert single == {
        "miragic_mock_tenants": 1,
        "miragic_mock_jobs_submitted": 1,
        "miragic_mock_credits_charged": 3,
    }
    took = families["miragic_mock_answer_seconds"]
    assert (took.type, {sample.name.rpartition("_")[2] for sample in took.samples}) == (
        "summary",
        {"count", "sum"},
    )


def test_the_state_shows_the_bounds(api: Any) -> None:
    """The state of everything names the switches, the bounds and what was let go."""
    api.submitted()
    state = control(api, "GET", "/")
    assert state["store"]["bounds"]["jobs"] == api.engine.store.bounds.jobs
    assert state["form"]["bounds"]["parts"] == FORM_BOUNDS.parts
    assert state["settings"]["max_upload_bytes"] == api.engine.settings.max_upload_bytes
    assert set(state["store"]["evicted"].values()) == {0}
    assert state["settings"]["create_status"] == 201
    assert [tenant["jobs"] for tenant in state["tenants"]] == [1]


# who may call, and the document --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "127.0.0.1:8080"}, 200),
        ({"Host": "[::1]:8080"}, 200),
        ({"Host": "mock.localhost"}, 200),
        ({"Host": "rebound.example"}, 403),
        ({"Host": "rebound.example/<"}, 403),
        ({"Host": "localhost,rebound.example"}, 403),
        ({"Host": ""}, 403),
        ({"Origin": "http://localhost:3000"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[broken"}, 403),
    ],
)
def test_web_pages_from_elsewhere_are_kept_out(api: Any, headers: dict[str, str], status: int) -> None:
    """Without a token only this machine's names are answered, and no foreign page."""
    control(api, "GET", "/jobs", headers=headers, status=status)
    control(api, "GET", "/health", headers=headers)


def test_with_a_token_only_its_bearer_is_let_in(make_api: Any) -> None:
    """Off loopback each call but health needs the token, whatever the host."""
    api = make_api(guard=Guard(token="s3cret"))
    host = {"Host": "mock.example"}
    control(api, "GET", "/jobs", headers=host, status=401)
    control(api, "GET", "/jobs", headers=host | {"Authorization": "Bearer wrong"}, status=401)
    control(api, "GET", "/jobs", headers=host | {"Authorization": "Basic s3cret"}, status=401)
    control(api, "GET", "/jobs", headers=host | {"Authorization": "bearer s3cret"})
    control(api, "GET", "/health", headers=host)


@pytest.mark.parametrize("token", ["", " ", "two words", "cl\xe9", "new\nline"])
def test_a_token_that_is_none_guards_nothing(token: str) -> None:
    """An empty token would let everybody in, an odd one nobody: neither is taken."""
    with pytest.raises(MockError, match="visible ASCII"):
        Guard(token=token)


@pytest.mark.parametrize("key", ["", "   ", "\xe9", "\u00c3\u00a9"])
def test_a_call_about_a_key_that_is_none_is_refused(api: Any, key: str) -> None:
    """It is not taken for a call about all: a server may pass on as empty what it cannot read."""
    control(
        api, "PUT", "/faults", about=None, headers={"X-API-Key": key}, json={"faults": ["503"]}, status=400
    )
    assert control(api, "GET", "/faults", about=None) == {"faults": []}


def test_the_document_has_a_view_for_each_operation(api: Any) -> None:
    """Every operation of control.yaml is answered by a view, and every view is one's."""
    document = control(api, "GET", "/openapi.json")
    named = {
        operation["operationId"]
        for item in document["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    }
    assert named == {*VIEWS, "getDocument", "waitForJob"}


def test_unknown_paths_and_methods_are_refused(api: Any) -> None:
    """A path that is not there is a 404, another method a 405 with Allow, and OPTIONS asks for it."""
    control(api, "GET", "/nothing", status=404)
    answer = api.client.post("/_mock/clock")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert api.client.post("/_mock/health").status_code == 405
    answer = api.client.options("/_mock/plan")
    assert (answer.status_code, answer.headers["Allow"]) == (204, "DELETE, GET, HEAD, OPTIONS, PUT")


@pytest.mark.parametrize(
    ("method", "path", "body", "end"),
    [
        ("PUT", "/plan", {"plan": "outcome=failde"}, "got 'failde'; did you mean 'failed'?"),
        ("PUT", "/faults", {"faults": ["hagn"]}, "got 'hagn'; did you mean 'hang'?"),
        ("POST", "/clock/advance", {"second": 3}, 'got "second"; did you mean "seconds"?'),
        (
            "POST",
            "/clock/advance",
            {"seconds": float("nan")},
            "The body is not JSON: NaN is none of its numbers.",
        ),
        ("POST", "/clock/advance", {"seconds": -1}, "at /seconds: expected at least 0, got -1."),
        ("GET", "/jobs?limit=0", None, "The parameter limit is not allowed: expected at least 1, got 0."),
    ],
)
def test_a_refusal_is_a_sentence(api: Any, method: str, path: str, body: Any, end: str) -> None:
    """It says what was expected and what came, in the mock's words, and ends once."""
    message = control(api, method, path, json=body, status=400)["error"]["message"]
    assert message.endswith(end)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"plan": 3}', b'{"plan": "", "more": 1}', b"[" * 9999]
)
def test_a_body_that_is_not_allowed_is_refused(api: Any, body: bytes) -> None:
    """What is not JSON, or not what the document allows, is a 400 and changes nothing."""
    control(api, "PUT", "/plan", status=400, data=body)


def test_white_space_is_a_body_that_is_not_json(api: Any) -> None:
    """Only nothing at all is no body, where none is needed."""
    control(api, "POST", "/reset", status=400, data=b"\n")
    control(api, "POST", "/reset", status=200, data=b"", headers={"X-API-Key": "k"})
