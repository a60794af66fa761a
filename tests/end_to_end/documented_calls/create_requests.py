"""Submit a recording: python create_requests.py FILE FORMAT."""

import os
import sys

import requests

file, audio_format = sys.argv[1:]

with open(file, "rb") as audio:
    answer = requests.request(
        "POST",
        os.environ["STT_BASE_URL"] + "/api/v1/speech-to-text/generate",
        headers={"X-API-Key": os.environ["STT_API_KEY"]},
        data={"question": "Which words are spoken?", "audio_format": audio_format},
        files=[("file", (os.path.basename(file), audio, "audio/mpeg"))],
        timeout=10,
    )
print(answer.text)
