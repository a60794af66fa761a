"""Poll a job once: python status_requests.py JOB_ID."""

import json
import os
import sys

import requests

answer = requests.get(
    os.environ["STT_BASE_URL"] + "/api/v1/speech-to-text/jobs/" + sys.argv[1],
    headers={"X-API-Key": os.environ["STT_API_KEY"]},
    timeout=10,
)
print(answer.status_code, file=sys.stderr)
print(json.dumps(answer.json()))
