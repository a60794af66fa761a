"""No regular expression of the client takes longer than reading its input does."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time

import miragic_stt
import pytest

from tests.client.outside.spelt import WORST


def patterns():
    for module in pkgutil.walk_packages(miragic_stt.__path__, "miragic_stt."):
        if module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, re.Pattern):
                yield pytest.param(value, id=f"{module.name}.{name}")


@pytest.mark.parametrize("pattern", list(patterns()))
@pytest.mark.parametrize("unit", WORST)
def test_the_work_grows_with_the_text_and_no_faster(pattern, unit):
    """Eight times the text takes about eight times as long; twice that is allowed for noise."""

    def seconds(size):
        text = unit * (size // len(unit))
        subject = text.encode() if isinstance(pattern.pattern, bytes) else text
        took = []
        for _ in range(3):
            began = time.process_time()
            pattern.findall(subject)
            took.append(time.process_time() - began)
        return min(took)

    assert seconds(80_000) < 16 * max(seconds(10_000), 0.0005)
