"""What can go wrong here that is not a finding.

ContractError
├── redaction.KeyLeakError      a key is about to be written
├── har.HarError                a file is no HAR that can be judged
├── baseline.BaselineError      a file is no baseline
├── rules.UndeclaredGroundError a rule stands on what the contract does not declare
└── overlay.OverlayError        a file is no overlay, or does not fit the contract
"""

from __future__ import annotations


class ContractError(Exception):
    """The base of this package's errors, `SpecError` aside, which belongs to the room that everybody
    reads.
    """
