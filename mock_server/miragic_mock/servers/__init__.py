"""Sockets: Granian, a threaded HTTP/1.1 server that can misbehave, their addresses and certificates."""
