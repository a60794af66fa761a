"""A mock inside a Python test: without a socket, on a thread, or running elsewhere."""
