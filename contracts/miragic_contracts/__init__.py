"""The Miragic speech-to-text contract: its specification (`.spec`), its JSON Schemas (`.schemas`), the rules
that judge a server (`.rules`, `.checker`).

Rule: importing the package imports nothing. pytest does so in every run of whoever has it installed, also
where the libraries that read the contract are not.
"""

__all__ = ()
