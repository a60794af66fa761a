"""Target 2: submissions of a small recording per second."""

from __future__ import annotations

from random import Random
from typing import Final

from ..contenders import BARE, PLAIN, READY_PATH, by_granian, ours, peers
from ..documents import CONTENT_TYPE, form
from ..field import Bench, figures, goals_of_peers, measured
from ..rates import CONNECTIONS, Load
from ..results import Outcome

_SIZE_BYTES: Final = 32 * 1024


def measure(bench: Bench) -> Outcome:
    """Measure the submissions per second of our mock and of the others."""
    documents = bench.documents
    others = peers(documents)
    granian = [by_granian(BARE, "bare:answer", documents), by_granian(PLAIN, "plain:app", documents)]
    paths = bench.file("submits", documents.submit.encode())
    body = bench.file("form", form(Random(0).randbytes(_SIZE_BYTES)))
    field = measured(
        bench,
        [(ours(), READY_PATH), *((server, documents.job) for server in (*granian, *others))],
        lambda _: Load("POST", paths, body, CONTENT_TYPE),
    )
    return Outcome(
        2,
        "Submissions of 32 KiB",
        f"The same form with a file of {_SIZE_BYTES} random bytes, over {CONNECTIONS} connections.",
        figures(field),
        goals_of_peers(field, "submissions", others, of_bare=0.25, of_best=3.5),
        field.absent,
    )
