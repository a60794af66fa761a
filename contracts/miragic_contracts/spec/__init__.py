"""The contract as frozen values, read from `openapi.yaml`."""

from miragic_contracts.spec.build import load_spec
from miragic_contracts.spec.errors import SpecError
from miragic_contracts.spec.evidence import Evidence, Level
from miragic_contracts.spec.form import FormField, FormNames, Part, form_body, form_fields, form_names
from miragic_contracts.spec.lifecycle import Lifecycle, State
from miragic_contracts.spec.model import (
    Header,
    MediaType,
    Operation,
    Parameter,
    RequestBody,
    Response,
    Spec,
)
from miragic_contracts.spec.source import default_spec_path

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
