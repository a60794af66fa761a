"""How one request reaches the server: through `requests`, or through `httpx`."""
