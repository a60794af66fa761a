"""What the links of a job lead to: its recording and its text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from miragic_mock.domain.settings import Settings
from miragic_mock.stores import Bounds, open_store


def path_of(url: str) -> str:
    return url.removeprefix("http://localhost")


def test_the_upload_is_served_back(api: Any) -> None:
    """The link gives the bytes that were sent, with the media type of the format."""
    sound = bytes(range(256)) * 1000
    url = path_of(api.job(api.submitted(content=sound))["audioUrl"])
    answer = api.client.get(url)
    assert (answer.data, answer.headers["Content-Type"]) == (sound, "audio/mpeg")
    assert api.client.head(url).data == b""
    assert (api.client.post(url).status_code, api.client.options(url).status_code) == (405, 204)


def test_a_link_to_nothing_is_a_404(api: Any) -> None:
    """A link whose job is gone, and one that never was, are refused in the contract's document."""
    url = path_of(api.job(api.submitted())["audioUrl"])
    tenant = url.split("/")[3]
    for wrong in (url.replace(tenant, "0" * 32), url.replace("-", "-9"), url + "x", url.rpartition("/")[0]):
        assert api.client.get(wrong).get_json()["error"]["code"] == "NOT_FOUND"
    api.engine.store.reset_tenant(tenant)
    assert api.client.get(url).status_code == 404


def test_an_upload_too_large_to_keep_is_not_served(make_api: Callable[..., Any]) -> None:
    """The job of an upload beyond the store's bounds is as any other, but its link leads nowhere."""
    api = make_api(store=open_store(bounds=Bounds(blob_bytes=10)))
    job = api.job(api.submitted("done-after=0s", content=b"x" * 11))
    assert job["status"] == "COMPLETED"
    assert api.client.get(path_of(job["audioUrl"])).status_code == 404


def test_the_link_to_the_text_expires(make_api: Callable[..., Any]) -> None:
    """A finished job's signed link to its text works for an hour on the tenant's clock."""
    api = make_api(settings=Settings(download_signed_url=True))
    job_id = api.submitted("done-after=1s;text=guten Morgen")
    assert api.job(job_id)["download_signed_url"] is None
    api.time.pass_s(1)
    url = path_of(api.job(job_id)["download_signed_url"])
    assert api.client.get(url).text == "guten Morgen"
    signature = url.rpartition("=")[2]
    for wrong in (
        url.replace(signature, "0" * 32),
        url.partition("?")[0],
        url.replace("expires=1", "expires=2"),
    ):
        assert api.client.get(wrong).status_code == 403
    api.time.pass_s(3600)
    assert api.client.get(url).status_code == 200
    api.time.pass_s(1)
    assert api.client.get(url).status_code == 403
    assert path_of(api.job(job_id)["download_signed_url"]) == url
