#!/usr/bin/env bash
# Make the demo's recordings anew: espeak-ng speaks the words of each sidecar (recordings/NAME.txt), ffmpeg converts.
# Only needed when the words change; espeak-ng and ffmpeg must be installed.
set -euo pipefail
cd "$(dirname "$0")/recordings"

for tool in espeak-ng ffmpeg; do
    command -v "$tool" >/dev/null || { echo "make_recordings: $tool is not installed" >&2; exit 1; }
done

speech=$(mktemp)
trap 'rm -f "$speech"' EXIT

speak() { espeak-ng -v en-us -s 150 -f "$1" --stdout >"$speech"; }
convert() { ffmpeg -nostdin -loglevel error -y -i "$speech" -ac 1 -ar 16000 -map_metadata -1 -fflags +bitexact "$@"; }

speak hello.txt
convert -sample_fmt s16 -flags:a +bitexact hello.wav

speak weather.txt
convert -codec:a libmp3lame -b:a 32k -flags:a +bitexact weather.mp3
