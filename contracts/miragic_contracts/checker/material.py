"""The material of submissions: recordings, file names and questions, chosen by a seed."""

from __future__ import annotations

import functools
import importlib.resources
import random
from typing import Final

# The largest upload that is tried (D6).
LARGE_BYTES: Final = 2_000_000

# The shortest header a WAV file can have, which our recording has: the samples begin right after it.
_WAV_HEADER_BYTES: Final = 44

# Words in scripts that a wrong encoding damages, with marks that wrong quoting damages.
_WORDS: Final = (
    "réunion",
    "Prüfung",
    "встреча",
    "会議",
    "συνάντηση",
    "اجتماع",
    "naïve café",
    "Ærø",
    "été №5",
    "día 👍",
)
_PHRASES: Final = (
    'Say what is "meant", not only what is said:',
    "Schreib auf, was gesagt wird – Wort für Wort:",
    "Écris ce qui est dit, s'il te plaît :",
    "文字に起こしてください。",
    'Transcribe & keep <tags>, "quotes", \\ and 100 % of the rest; a+b=c',
)


@functools.cache
def speech(format: str) -> bytes:
    """Return a short recording of speech, made by a machine, in one of the formats."""
    folder = importlib.resources.files("miragic_contracts") / "recordings"
    return (folder / f"speech.{format}").read_bytes()


@functools.cache
def large_speech(size_bytes: int = LARGE_BYTES) -> bytes:
    """Return the WAV recording, repeated until the file has some size."""
    recording = speech("wav")
    header, samples = recording[:_WAV_HEADER_BYTES], recording[_WAV_HEADER_BYTES:]
    # Even, since a sample of the recording has two bytes.
    length = (size_bytes - _WAV_HEADER_BYTES) // 2 * 2
    data = (samples * (length // len(samples) + 1))[:length]
    # The size at byte 4 counts what follows it: the other 36 bytes of the header, and the samples.
    riff_size, data_size = (36 + length).to_bytes(4, "little"), length.to_bytes(4, "little")
    return header[:4] + riff_size + header[8:40] + data_size + data


def noise(chance: random.Random, size_bytes: int = 2048) -> bytes:
    """Return bytes that are no recording in any format."""
    # Words first: one random start in two thousand would pass for a frame of MP3, which begins with eleven
    # bits set.
    return b"this is not audio\n" + chance.randbytes(size_bytes)


def odd_name(chance: random.Random, extension: str) -> str:
    """Return a long file name in several scripts, with blanks and marks."""
    words = chance.sample(_WORDS, 4)
    return f"{' '.join(words)} (2) - it's {'a' * 60} {chance.randrange(1000)}.{extension}"


def odd_question(chance: random.Random) -> str:
    """Return a question with quotes, or in another script."""
    return f"{chance.choice(_PHRASES)} {chance.randrange(10_000)}"


def long_question(chance: random.Random) -> str:
    """Return a question of some two thousand letters."""
    return " ".join(chance.choice(_WORDS) for _ in range(240)) + ":"
