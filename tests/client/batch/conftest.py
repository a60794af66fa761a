"""What the tests of batches share: both clients behind one call."""

from __future__ import annotations

import asyncio

import pytest


@pytest.fixture(params=["threads", "tasks"])
def many(request, stage):
    """`many(script, sources, ...)`: the outcomes, from the synchronous and from the asynchronous client."""

    def many(script, sources, *, client_options=None, **options):
        if request.param == "threads":
            return stage.client(*script, **(client_options or {})).transcribe_many(sources, **options)

        async def run():
            client = stage.async_client(*script, **(client_options or {}))
            return await client.transcribe_many(sources, **options)

        return asyncio.run(run())

    return many
