"""Made-up texts: words that depend on seed and content alone, and take about as long to say as the audio."""

from __future__ import annotations

from functools import lru_cache
from random import Random
from typing import Final

from ..domain import identity
from ..domain.jobs.job import UNKNOWN_DURATION_S
from .sources import Submitted

WORDS_PER_S: Final = 2.5
"""The pace of unhurried speech, by which seeded text fits a duration."""

_MAX_SEEDED_WORDS: Final = 2_000


def seeded(submitted: Submitted) -> str:
    """Return made-up words that depend on seed and content alone, about as many as the audio is long."""
    return _made_up(submitted.seed, submitted.upload.sha256, submitted.upload.duration_s)


@lru_cache(maxsize=256)
def _made_up(seed: int, sha256: str, duration_s: float | None) -> str:
    words = round((UNKNOWN_DURATION_S if duration_s is None else duration_s) * WORDS_PER_S)
    random = Random(identity.seed_for("text", seed, sha256))
    chosen = random.choices(_WORDS, k=min(max(words, 1), _MAX_SEEDED_WORDS))
    sentences = (chosen[start : start + 9] for start in range(0, len(chosen), 9))
    return " ".join(" ".join(sentence).capitalize() + "." for sentence in sentences)


_VOCABULARY: Final = (
    "about after again along always another around because before better between bring call careful change "
    "clear close come could day early enough evening every far find first follow friend garden give good "
    "great hand hear help here house just keep kind last late learn leave letter light listen little long "
    "look make many meet minute money month morning move music name near never next night nothing now often "
    "open order other over paper part people perhaps place plan please point put question quiet rain reach "
    "read ready remember rest right river road room same say second see send several should show small some "
    "soon sound speak stand start still stop story street summer table take talk tell thank thing think "
    "though time today together tomorrow toward train travel try turn under until use very voice wait walk "
    "want warm watch water week well where while whole wind window winter with without word work write year"
)
_WORDS: Final = tuple(_VOCABULARY.split())
