"""The Miragic speech-to-text contract and the checker that judges a server by it.

The specification is in `.spec`, its JSON Schemas in `.schemas`, the rules in `.rules`, the checker in
`.checker`.

Rule: importing the package imports nothing. Our pytest plugin makes every pytest in the environment import
it, even where the libraries that read the contract are not installed.
"""

__all__ = ()
