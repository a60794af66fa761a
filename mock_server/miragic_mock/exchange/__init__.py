"""One request, its answer, and the call in between, as values."""
