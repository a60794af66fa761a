"""The forms a report comes in."""

from miragic_contracts.reports.annotations import as_annotations
from miragic_contracts.reports.console import show, show_limits
from miragic_contracts.reports.html import as_html
from miragic_contracts.reports.json_report import as_json, report_schema
from miragic_contracts.reports.junit import as_junit
from miragic_contracts.reports.markdown import as_markdown
from miragic_contracts.reports.sarif import as_sarif

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
]
