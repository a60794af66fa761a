"""The forms a report comes in."""

from .annotations import as_annotations
from .cleaning import without_keys
from .console import show, show_limits
from .html import as_html
from .json_report import as_json, report_schema
from .junit import as_junit
from .markdown import as_markdown
from .sarif import as_sarif

__all__ = [
    "as_annotations",
    "as_html",
    "as_json",
    "as_junit",
    "as_markdown",
    "as_sarif",
    "report_schema",
    "show",
    "show_limits",
    "without_keys",
]
