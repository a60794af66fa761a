"""Removals: the clients, and what they are built with."""

from __future__ import annotations

from typing import Final

from .removal import Rows, without

ROWS: Final[Rows] = {
    "sync and real async": [
        without(
            "_client.py",
            "return self._driver.run(call, transcribe(call, upload), on_progress, stop)",
            "raise NotImplementedError",
            "transports/test_requests::test_a_transcription_takes_one_connection",
        ),
        without(
            "_async_client.py",
            "return await self._driver.run(call, transcribe(call, upload), on_progress)",
            "raise NotImplementedError",
            "test_async_client::test_a_transcription_takes_one_connection",
        ),
        without(
            "_async_driver.py",
            "await asyncio.to_thread(step.action)",
            "step.action()",
            "test_async_client::test_the_disk_is_not_read_in_the_event_loop",
        ),
    ],
    "custom session, base URL, environment": [
        without(
            "_transports/requests.py",
            "self._session = session or make_session()",
            "self._session = make_session()",
            "transports/test_sessions::test_a_foreign_session_is_used_and_not_closed",
        ),
        without(
            "_settings/settings.py",
            "base_url or os.environ.get(BASE_URL_VARIABLE) or BASE_URL",
            "base_url or BASE_URL",
            "test_secrets::test_the_base_url_is_found",
        ),
        without(
            "_settings/settings.py",
            "ApiKey(os.environ.get(API_KEY_VARIABLE) if api_key is None else api_key)",
            "ApiKey(api_key)",
            "test_secrets::test_the_key_comes_from_the_environment",
        ),
    ],
    "context manager, pooled, foreign session not closed": [
        without(
            "_transports/requests.py",
            "        with response:\n",
            "        with response, self._session:\n",
            "test_regressions::test_18_an_error_gives_its_connection_back",
        ),
        without(
            "_transports/deadlines.py",
            "                manager.pools[key].close()\n",
            "                pass\n",
            "transports/test_sessions::test_a_client_closes_its_connections_after_an_error_too",
        ),
        without(
            "_transports/requests.py",
            "        if self._owned:\n            self._session.close()\n",
            "        self._session.close()\n",
            "transports/test_sessions::test_a_foreign_session_is_used_and_not_closed",
            "test_regressions::test_19_a_foreign_session_is_not_closed",
        ),
        without(
            "_client.py",
            "    def __exit__(self, *_: object) -> None:\n        self.close()\n",
            "    def __exit__(self, *_: object) -> None:\n        pass\n",
            "transports/test_sessions::test_a_client_of_its_own_closes_its_connections",
        ),
    ],
    "thread-safety": [
        without(
            "_transports/requests.py",
            "                request.url,\n",
            "                setattr(self, 'url', request.url) or time.sleep(0.01) or self.url,\n",
            "transports/test_sessions::test_one_client_serves_many_threads",
        ),
    ],
    "injectable clock, sleep, random": [
        without(
            "_client.py",
            "clock=clock), clock=clock, sleep=sleep)",
            "clock=clock), clock=time.monotonic, sleep=sleep)",
            "test_waiting::test_the_wait_ends_by_its_deadline_with_a_last_look_and_a_receipt",
        ),
        without(
            "_client.py",
            "clock=clock), clock=clock, sleep=sleep)",
            "clock=clock), clock=clock, sleep=lambda seconds: None)",
            "test_waiting::test_a_wait_of_thirty_minutes_is_scheduled_exactly",
        ),
        without(
            "_client.py",
            "            random=random,\n",
            "            random=chance.random,\n",
            "test_waiting::test_a_wait_of_thirty_minutes_is_scheduled_exactly",
        ),
    ],
    "dependencies: requests only": [
        without(
            "_client.py",
            "import requests\n",
            "import httpx\nimport requests\n",
            "test_matrix::test_the_base_install_runs_on_requests_alone",
        ),
    ],
    "quiet by default": [
        without(
            "_conversations.py",
            "_log.addHandler(logging.NullHandler())\n",
            "",
            "test_waiting::test_logging_is_quiet_until_it_is_set_up",
        ),
    ],
}
