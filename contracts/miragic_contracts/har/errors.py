"""The error of reading HAR files.

ContractError
└── HarError
"""

from __future__ import annotations

from ..errors import ContractError


class HarError(ContractError):
    """A file holds no traffic that could be judged. `problem` says what was expected and what is there."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"expected a HAR file with traffic of this API: {self.problem}"
