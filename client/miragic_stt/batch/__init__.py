"""Many recordings at once: their outcomes, the journal, and the clients that take a list."""
