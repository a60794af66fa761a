"""The Miragic speech-to-text contract: its specification, its JSON Schemas and the rules that judge a server
by them.
"""

from miragic_contracts.spec import Spec, SpecError, load_spec

__all__ = ["Spec", "SpecError", "load_spec"]
