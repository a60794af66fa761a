"""The contract as frozen values, read from `openapi.yaml`."""

from .build import load_spec
from .errors import SpecError
from .evidence import Evidence, Level
from .form import FormField, FormNames, Part, form_body, form_fields, form_names
from .lifecycle import Lifecycle, State
from .model import (
    Header,
    MediaType,
    Operation,
    Parameter,
    RequestBody,
    Response,
    Spec,
)
from .source import default_spec_path

__all__ = [
    "Evidence",
    "FormField",
    "FormNames",
    "Header",
    "Level",
    "Lifecycle",
    "MediaType",
    "Operation",
    "Parameter",
    "Part",
    "RequestBody",
    "Response",
    "Spec",
    "SpecError",
    "State",
    "default_spec_path",
    "form_body",
    "form_fields",
    "form_names",
    "load_spec",
]
