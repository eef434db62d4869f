"""The bench's notifications and neighbours, with this app between them."""

import asyncio
import contextlib
from urllib.parse import urlsplit

import pytest

from bench.load import Failed, send
from bench.world import world
from local.processes import running_host


async def _rung(settings: dict[str, str], count: int) -> tuple[set[str], set[str], int]:
    """Give the calls, those that were redirected, and the rows that the app wrote."""
    with contextlib.ExitStack() as ending:
        async with world() as around:
            host = await asyncio.to_thread(ending.enter_context, running_host(around.settings | settings))
            notifications = around.ringing.notifications(count)
            port = urlsplit(host.url).port
            assert port
            calls = await send(port, notifications, at_once=2)
            await asyncio.to_thread(ending.close)
            return (
                {call.id for call in calls},
                {*around.neighbours.redirected},
                len(around.neighbours.tables.rows["calls"]),
            )


def test_every_call_is_redirected_once_and_recorded() -> None:
    rung, redirected, recorded = asyncio.run(_rung({}, 5))

    assert len(rung) == recorded == 5
    assert redirected == rung


def test_a_call_that_is_not_taken_ends_the_bench() -> None:
    with pytest.RaisesGroup(pytest.RaisesExc(Failed, match="503")):
        asyncio.run(_rung({"BOT_APP_ID": ""}, 1))
