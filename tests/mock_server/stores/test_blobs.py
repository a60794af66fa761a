"""Uploads on disk: names are ours alone, and what is half written is never seen."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import pytest
from miragic_mock.stores import Bounds, open_store
from miragic_mock.stores.blobs import MemoryBlobs, blob_path, copy_file
from miragic_mock.stores.protocol import Recording

from ..submitting import put_blob

TENANT = "ab" * 16


@pytest.mark.parametrize("part", ["..", "", "/etc", "a/b", "C:", "AB", "con", "a\x00", "a\n"])
def test_only_digests_become_paths(tmp_path: Path, part: str) -> None:
    """Anything but lower-case hexadecimal is refused, as a tenant and as a digest."""
    with pytest.raises(ValueError, match="hexadecimal"):
        blob_path(tmp_path, part, "aa")
    with pytest.raises(ValueError, match="hexadecimal"):
        blob_path(tmp_path, "aa", part)


class Broken(io.BytesIO):
    """An upload that breaks off after its first piece."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise OSError("the connection was lost")
        return super().read(3)


def test_a_copy_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    """The target is there whole or not at all, and no part of it lies about."""
    target = tmp_path / "deep" / "target"
    with pytest.raises(OSError, match="lost"):
        copy_file(Broken(b"123456"), target)
    assert list(tmp_path.rglob("*")) == [tmp_path / "deep"]
    copy_file(io.BytesIO(b"whole"), target)
    assert target.read_bytes() == b"whole"


def test_the_temporary_folder_goes_with_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large uploads lie in a folder of their own while the store is open, and nowhere afterwards."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    blobs = MemoryBlobs(Bounds(blob_memory_bytes=2))
    with blobs.taken(TENANT, Recording("aa", 2, io.BytesIO(b"12"))) as blob:
        blobs.keep(blob)
    assert list(tmp_path.iterdir()) == []
    with blobs.taken(TENANT, Recording("ab", 3, io.BytesIO(b"123"))) as blob:
        blobs.keep(blob)
    with pytest.raises(KeyError), blobs.taken(TENANT, Recording("ac", 3, io.BytesIO(b"456"))):
        raise KeyError("it is not kept after all")
    assert [path.read_bytes() for path in tmp_path.glob("*/*/*") if path.is_file()] == [b"123"]
    blobs.close()
    assert list(tmp_path.iterdir()) == []
    assert blobs.open(TENANT, "aa") is None


def test_an_upload_beside_the_database_that_somebody_deleted_is_gone(tmp_path: Path) -> None:
    """A missing file is an upload that is not kept, not an error."""
    store = open_store(f"sqlite:///{(tmp_path / 'x.db').as_posix()}", bounds=Bounds(blob_memory_bytes=2))
    put_blob(store, TENANT, "aa", io.BytesIO(b"123"), 3)
    (tmp_path / "x.db-uploads" / TENANT / "aa").unlink()
    assert store.blob(TENANT, "aa") is None
    store.close()


def test_an_ended_tenant_leaves_no_files(tmp_path: Path) -> None:
    """The uploads of the tenant are removed from the disk, and no others."""
    store = open_store(f"sqlite:///{(tmp_path / 'x.db').as_posix()}", bounds=Bounds(blob_memory_bytes=2))
    for tenant in ("aa", "bb"):
        put_blob(store, tenant, "cc", io.BytesIO(b"123"), 3)
    store.drop_tenant("aa")
    assert [path.parent.name for path in (tmp_path / "x.db-uploads").rglob("cc")] == ["bb"]
    store.close()
