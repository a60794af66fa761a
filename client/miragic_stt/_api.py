"""The names this client shares with the server: addresses, header, file field, statuses.

The contract, openapi.yaml, declares them. This file, and `_submission` for the other form fields, are the
client's only copy; a test compares them with the contract.
"""

from typing import Final

BASE_URL: Final = "https://backend.miragic.ai"
SUBMIT_PATH: Final = "/api/v1/speech-to-text/generate"
STATUS_PATH: Final = "/api/v1/speech-to-text/jobs/{jobId}"

KEY_HEADER: Final = "X-API-Key"

FILE_FIELD: Final = "file"

CONTENT_TYPES: Final = {"mp3": "audio/mpeg", "wav": "audio/wav"}

PENDING: Final = "PENDING"
COMPLETED: Final = "COMPLETED"
FAILED: Final = "FAILED"
TERMINAL_STATUSES: Final = frozenset({COMPLETED, FAILED})

# Spellings of the job's identity, in the order they are looked for: the status document says `id`, the
# answer to a submission says `jobId`.
ID_FIELDS: Final = ("id", "jobId")

JOB_FIELDS: Final = frozenset(
    {
        "jobId",
        "id",
        "userId",
        "audioFileName",
        "audioUrl",
        "question",
        "audioFormat",
        "transcription",
        "status",
        "errorMessage",
        "metadata",
        "creditsUsed",
        "createdAt",
        "updatedAt",
        "progress",
        "download_signed_url",
    }
)

API_KEY_VARIABLE: Final = "MIRAGIC_API_KEY"
BASE_URL_VARIABLE: Final = "MIRAGIC_BASE_URL"
