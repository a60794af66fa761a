"""The forms a report comes in."""

from miragic_contracts.reports.console import show, show_limits
from miragic_contracts.reports.json_report import as_json, report_schema

__all__ = ["as_json", "report_schema", "show", "show_limits"]
