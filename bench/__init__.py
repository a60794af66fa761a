"""How fast and how small the mock is, beside its peers: `python -m bench` measures, RESULTS.md tells."""
