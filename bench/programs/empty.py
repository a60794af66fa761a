"""The least that a Flask application on Granian costs to start and to keep."""

from __future__ import annotations

from flask import Flask

app = Flask(__name__)


@app.get("/")
def nothing() -> str:
    """Answer with an empty text."""
    return ""
