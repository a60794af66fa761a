"""Ids, names and chance: derived, repeatable, and told apart."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from miragic_mock.domain.identity import (
    chance,
    job_id,
    job_id_of,
    request_digest,
    seed_for,
    upload_name,
    user_id,
)
from miragic_mock.domain.jobs.job import Job, Upload


def test_ids_are_version_4_uuids() -> None:
    """As in the vendor's examples."""
    for made in (job_id(0, "t", "d", 1), user_id(0, "t")):
        uuid = UUID(made)
        assert (uuid.version, str(uuid)) == (4, made)


def test_ids_stay_what_they_are() -> None:
    """The same seed gives the same ids in the next version of this package, too."""
    assert job_id(7, "tenant", "digest", 1) == "0fd07ed1-495f-4f70-9366-da5c5b32e831"
    assert user_id(7, "tenant") == "a0b120eb-c1e0-48d6-b297-0cd4c2e66d44"


def test_whatever_overtakes_whatever_the_ids_are_the_same() -> None:
    """The requests of a run get the same ids in any order of arrival."""
    requests = ["a", "a", "b"]

    def run(order: tuple[int, ...]) -> list[tuple[str, str]]:
        seen: dict[str, int] = {}
        made = []
        for index in order:
            digest = requests[index]
            seen[digest] = seen.get(digest, 0) + 1
            made.append((digest, job_id(1, "t", digest, seen[digest])))
        return sorted(made)

    assert len({tuple(run(order)) for order in permutations(range(3))}) == 1


def test_everything_that_differs_makes_another_id() -> None:
    """Seed, tenant, content and occurrence."""
    made = {
        job_id(0, "t", "d", 1),
        job_id(1, "t", "d", 1),
        job_id(0, "u", "d", 1),
        job_id(0, "t", "e", 1),
        job_id(0, "t", "d", 2),
        user_id(0, "t"),
        user_id(1, "t"),
        user_id(0, "u"),
    }
    assert len(made) == 8


@given(
    st.lists(st.text(max_size=3), min_size=1, max_size=4),
    st.lists(st.text(max_size=3), min_size=1, max_size=4),
)
def test_parts_are_not_run_together(some: list[str], others: list[str]) -> None:
    """Different lists of parts never read the same: ("ab", "c") is not ("a", "bc")."""
    assert (chance(*some) == chance(*others)) is (some == others)


def test_a_request_is_known_by_its_file_and_its_fields() -> None:
    """The same file under another name, format or question is another request."""
    plain = Upload("a.mp3", "mp3", 1, "aa", None)
    digests = {
        request_digest(plain, "q"),
        request_digest(Upload("a.mp3", "mp3", 1, "aa", 2.0), "q"),
        request_digest(Upload("b.mp3", "mp3", 1, "aa"), "q"),
        request_digest(Upload("a.mp3", "wav", 1, "aa"), "q"),
        request_digest(Upload("a.mp3", "mp3", 1, "ab"), "q"),
        request_digest(plain, "r"),
    }
    assert len(digests) == 5


def test_lone_surrogates_do_no_harm() -> None:
    """A client may send what is no valid text."""
    assert len(request_digest(Upload("\ud800", "mp3", 1, "aa"), "\udfff")) == 32


@pytest.mark.parametrize(
    ("audio_format", "extension"),
    [("mp3", "mp3"), ("WAV", "wav"), ("../x", "bin"), ("", "bin"), ("a" * 9, "bin")],
)
def test_an_upload_name_leads_back_to_its_job(
    make_job: Callable[..., Job], audio_format: str, extension: str
) -> None:
    """`<epoch ms>-<number>.<ext>`, whatever the format field held."""
    made = job_id(0, "t", "d", 1)
    job = make_job(id=made, created_at=1762344258.701, upload=Upload("x", audio_format, 1, "aa"))
    name = upload_name(job)
    assert name.startswith("1762344258701-")
    assert name.endswith(f".{extension}")
    assert job_id_of(name) == made


@pytest.mark.parametrize(
    "name",
    ["", "x", "1-2", "1-2.MP3", "-1-2.mp3", "1-2.mp3/..", "..", f"1-{1 << 128}.mp3", "1-٣.mp3", "1-2.mp3\n"],
)
def test_other_names_lead_to_no_job(name: str) -> None:
    """What we did not make, we do not look for."""
    assert job_id_of(name) is None


def test_chance_is_even_and_repeatable() -> None:
    """Between 0 and 1, the same for the same parts, and about evenly spread."""
    drawn = [chance("seed", n) for n in range(2000)]
    assert drawn == [chance("seed", n) for n in range(2000)]
    assert all(0 <= number < 1 for number in drawn)
    assert all(150 < sum(n / 10 <= number < (n + 1) / 10 for number in drawn) < 250 for n in range(10))


def test_a_random_source_is_ones_own() -> None:
    """The same parts give the same numbers, other parts give others."""
    assert Random(seed_for(1, "job")).random() == Random(seed_for(1, "job")).random()
    assert Random(seed_for(1, "job")).random() != Random(seed_for(2, "job")).random()


@given(st.integers(0, 2**64), st.text(max_size=8), st.integers(1, 9))
def test_ids_are_written_as_uuids_are(seed: int, tenant: str, occurrence: int) -> None:
    """To the letter, whatever the digest's bits are."""
    made = job_id(seed, tenant, "digest", occurrence)
    assert made == str(UUID(bytes=UUID(made).bytes, version=4))
