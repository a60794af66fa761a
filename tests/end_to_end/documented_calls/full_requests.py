"""Submit, poll at a fixed pace, print the last document: python full_requests.py FILE FORMAT."""

import json
import os
import sys
from time import sleep

import requests

SERVICE = os.environ["STT_BASE_URL"] + "/api/v1/speech-to-text"
KEY = {"X-API-Key": os.environ["STT_API_KEY"]}
POLL_INTERVAL_S = float(os.environ.get("STT_POLL_INTERVAL_S", "2"))


def create(file, audio_format):
    with open(file, "rb") as audio:
        answer = requests.request(
            "POST",
            f"{SERVICE}/generate",
            headers=KEY,
            data={"question": "Which words are spoken?", "audio_format": audio_format},
            files=[("file", (os.path.basename(file), audio, "audio/mpeg"))],
            timeout=10,
        )
    document = answer.json()
    if not document["success"]:
        sys.exit(f"refused: {document}")
    return document["data"]["jobId"]


def until_ended(job_id):
    while True:
        document = requests.get(f"{SERVICE}/jobs/{job_id}", headers=KEY, timeout=10).json()
        if document["data"]["status"] in ("COMPLETED", "FAILED"):
            return document
        print("still", document["data"]["status"], file=sys.stderr)
        sleep(POLL_INTERVAL_S)


if __name__ == "__main__":
    print(json.dumps(until_ended(create(*sys.argv[1:]))))
