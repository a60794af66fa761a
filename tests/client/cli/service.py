"""The service that the commands talk to, as scripted answers to `requests`."""

from __future__ import annotations

BASE = "http://stt.test"


SUBMIT = f"{BASE}/api/v1/speech-to-text/generate"


JOB = f"{BASE}/api/v1/speech-to-text/jobs/job-1"


def created(api, job_id="job-1", **options):
    document = {"success": True, "data": {"jobId": job_id, "status": "PENDING"}}
    api.post(SUBMIT, json=document, status=201, **options)


def job(api, status, url=JOB, **data):
    api.get(url, json={"success": True, "data": {"id": url.rsplit("/", 1)[1], "status": status, **data}})


def refused(api, status, code="CODE", method="POST", url=SUBMIT, **options):
    api.add(
        method,
        url,
        json={"success": False, "error": {"code": code, "message": "no"}},
        status=status,
        **options,
    )
