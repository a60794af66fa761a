"""Recordings for a batch."""

from __future__ import annotations

WAV_HEAD = b"RIFF\x24\x08\x00\x00WAVE"


def sounds(count):
    return [(f"{n}.wav", WAV_HEAD + bytes([n]) * 100) for n in range(count)]
