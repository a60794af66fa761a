"""The stub that a team writes in ten minutes: two Flask views with canned answers that check nothing."""

from __future__ import annotations

from flask import Flask, Response, request

from .canned import CREATED, POLL, SHOWN, SUBMIT

app = Flask(__name__)


@app.post(SUBMIT)
def create() -> Response:
    """Read the file of a submission and forget it."""
    request.files["file"].read()
    return Response(CREATED, 201, mimetype="application/json")


@app.get(POLL.replace("{", "<").replace("}", ">"))
def status(**_: str) -> Response:
    """Show the same job, whatever its id."""
    return Response(SHOWN, 200, mimetype="application/json")
