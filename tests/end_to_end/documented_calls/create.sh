#!/bin/sh
# usage: create.sh FILE FORMAT. The first form field is misspelt on purpose: so it stands in the documentation.
exec curl --silent --show-error --request POST "$STT_BASE_URL/api/v1/speech-to-text/generate" \
    --header "X-API-Key: $STT_API_KEY" \
    --form "questiion=Which words are spoken?" \
    --form "audio_format=$2" \
    --form "file=@$1"
