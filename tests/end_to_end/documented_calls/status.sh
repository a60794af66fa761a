#!/bin/sh
# usage: status.sh JOB_ID
exec curl --silent --show-error --request GET "$STT_BASE_URL/api/v1/speech-to-text/jobs/$1" \
    --header "X-API-Key: $STT_API_KEY"
