"""An HTTP/1.1 server of our own, with a thread for each connection, that can misbehave to the last byte."""
