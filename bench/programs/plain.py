"""What a team writes by hand in ten minutes: two Flask views with canned answers and nothing checked."""

from __future__ import annotations

from flask import Flask, Response, request

from .canned import CREATED, POLL, SHOWN, SUBMIT

app = Flask(__name__)


@app.post(SUBMIT)
def create() -> Response:
    """A submission: its file is read, and forgotten."""
    request.files["file"].read()
    return Response(CREATED, 201, mimetype="application/json")


@app.get(POLL.replace("{", "<").replace("}", ">"))
def status(**_: str) -> Response:
    """Any job is the same job."""
    return Response(SHOWN, 200, mimetype="application/json")
