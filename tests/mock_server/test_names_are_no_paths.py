"""Whatever a client calls its file, the name is only ever shown: it never leads anywhere on the disk."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from miragic_mock.stores import Bounds, open_store
from miragic_mock.transcripts import made_up, sources

SECRET, PUBLIC = "not for anybody", "for everybody"
UPLOADED = b"the recording"

STEPS = ("..", ".", "", "/", "\\", "~", "C:", "$HOME", "file://", "//host/share", "%2e%2e", "%2f", "\u2215")
PLACES = ("secret", "secret.txt", "outside", "texts", "hello", "etc/passwd", "CON", ".mp3")
BYTES = ("\x00", "\r\n", '"', ";", "\ud800")
pieces = st.sampled_from(STEPS + PLACES + BYTES)
names = st.lists(pieces | st.text(max_size=3), min_size=1, max_size=6).map(
    lambda parts: "/".join(parts).encode("utf-8", "replace").decode()
)


class House:
    """A mock whose texts and uploads lie on a disk, beside something that is nobody's business."""

    def __init__(self, root: Path, make_api: Any) -> None:
        self.root = root
        texts, outside = root / "texts", root / "outside"
        for folder in (texts, outside):
            folder.mkdir()
        (texts / "hello.txt").write_text(PUBLIC)
        for place in (root / "secret.txt", outside / "secret.txt"):
            place.write_text(SECRET)
        store = open_store(f"sqlite:///{(root / 'mock.db').as_posix()}", bounds=Bounds(blob_memory_bytes=0))
        self.api = make_api(store=store, text_of=sources.first_of(sources.sidecar(texts), made_up.seeded))
        self.api.submitted("done-after=0s", name="hello.mp3", content=UPLOADED)

    def files(self) -> set[str]:
        """Every file there is, by its path from the root, but for the database's own."""
        found = (path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file())
        return {path for path in found if not re.fullmatch(r"mock\.db(-wal|-shm)?", path)}


@pytest.fixture
def house(tmp_path: Path, make_api: Any) -> House:
    """The mock and its disk."""
    return House(tmp_path, make_api)


def test_a_name_never_becomes_a_path(house: House) -> None:
    """Uploads are filed under their digests, texts are found by bare names only, and links lead to jobs."""
    before = house.files()
    digest_only = re.compile(r"mock\.db-uploads/[0-9a-f]{32}/[0-9a-f]{64}")
    folder = PurePosixPath(
        urlsplit(house.api.job(house.api.submitted(content=UPLOADED))["audioUrl"]).path
    ).parent

    @given(names)
    @example("../secret.mp3")
    @example("../secret")
    @example("..\\outside\\secret.wav")
    @example("../outside/secret.txt")
    def check(name: str) -> None:
        answer = house.api.submit("done-after=0s", name=name, content=UPLOADED)
        assert answer.status_code in (201, 400), answer.text
        if answer.status_code == 201:
            job = house.api.job(answer.get_json()["data"]["jobId"])
            assert job["transcription"] != SECRET
            link = urlsplit(job["audioUrl"]).path
            assert re.fullmatch(rf"{re.escape(str(folder))}/\d+-\d+\.mp3", link)
            assert house.api.client.get(link).data == UPLOADED
        for path in (f"{folder}/{quote(name, safe='/')}", f"{folder}/{quote(name, safe='')}"):
            assert SECRET.encode() not in house.api.client.get(path).data

    check()
    assert {path for path in house.files() - before if not digest_only.fullmatch(path)} == set()
    assert any(map(digest_only.fullmatch, before))
    assert (
        house.api.job(house.api.submitted("done-after=0s", name="x/../HELLO.mp3"))["transcription"] == PUBLIC
    )
