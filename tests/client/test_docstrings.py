"""Examples in docstrings are run: a sentence that can be false must be tried."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import miragic_stt
from miragic_mock import MockServer


def test_every_example_in_a_docstring_works(tmp_path, monkeypatch, wav):
    """On a mock, with a recording of the name that the examples use."""
    (tmp_path / "hello.wav").write_bytes(wav)
    monkeypatch.chdir(tmp_path)
    modules = [
        importlib.import_module(info.name)
        for info in pkgutil.walk_packages(miragic_stt.__path__, "miragic_stt.")
        if info.name != "miragic_stt.__main__"
    ]
    runner = doctest.DocTestRunner()
    with MockServer(plan="done-after=0s", transcription="Hello from the mock.") as mock:
        monkeypatch.setenv("MIRAGIC_API_KEY", mock.api_key)
        monkeypatch.setenv("MIRAGIC_BASE_URL", mock.url)
        for module in modules:
            for example in doctest.DocTestFinder(exclude_empty=True).find(module):
                runner.run(example)
    assert runner.summarize(verbose=False) == (0, 6)
