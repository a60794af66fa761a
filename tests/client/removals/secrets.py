"""Removals: the key stays where it belongs."""

from __future__ import annotations

from typing import Final

from .removal import Rows, without

ROWS: Final[Rows] = {
    "key redaction": [
        without(
            "_transports/wire.py",
            "        key.hide_in_bytes(body),\n",
            "        body,\n",
            "test_secrets::test_the_key_is_in_nothing_that_an_error_shows",
        ),
        without(
            "_protocol.py",
            "error.with_traceback(None)",
            "error",
            "test_secrets::test_the_audio_that_ends_early_shows_no_key",
        ),
        without(
            "_secrets.py",
            '    return _KEY_PATTERN.sub(rf"\\1{MASK}", text)',
            "    return text",
            "test_secrets::test_what_looks_like_a_key_is_masked",
        ),
    ],
    "text from outside steers nothing": [
        without(
            "_errors.py",
            "super().__init__(harmless_line(message))\n        self.job_id = job_id",
            "super().__init__(message)\n        self.job_id = job_id",
            "test_errors::test_the_text_of_an_error_is_one_harmless_line",
        ),
        without(
            "_answers/bounds.py",
            "return int(digits) if len(digits) <= _DIGITS else None",
            "return int(digits)",
            "answers/test_bounds::test_a_number_of_five_thousand_digits_reads_as_none",
        ),
    ],
    "key never follows redirects": [
        without(
            "_transports/requests.py",
            "allow_redirects=False",
            "allow_redirects=True",
            "test_regressions::test_15_a_redirect_to_another_host_is_not_followed",
        ),
        without(
            "_transports/httpx.py",
            "follow_redirects=False",
            "follow_redirects=True",
            "test_async_client::test_the_key_does_not_follow_a_redirect",
        ),
    ],
}
