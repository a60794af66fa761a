"""PEP 3333 on one side, `Request` and `Answer` on the other; the Flask application."""
