"""Ring an app as Microsoft does: notifications made and signed beforehand, sent over connections that stay open."""

import asyncio
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from local.microsoft.identity.notification_tokens import Signing

# The first example of https://learn.microsoft.com/graph/api/call-redirect
_EXAMPLE = (Path(__file__).parents[1] / "tests/samples/seed-example-1-incoming.json").read_bytes()
_EXAMPLE_ID = b"491f0b00-ffff-4bc9-a43e-b226498ec22a"
_TOKENS = 500  # signing one takes as long as a fast app takes for a call
_TOKEN_SECONDS = 7200  # longer than any run
_LONGEST = 600  # seconds for all that is sent at a time


class Failed(Exception):
    """An app did not do what it is measured for; the text says what it did."""


@dataclass(frozen=True, slots=True)
class Notification:
    """`request` has the token and the body once more, as they go over the wire."""

    call: str
    token: str
    body: bytes
    request: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """Both moments are of time.perf_counter(), which every process of a machine shares."""

    id: str
    sent: float
    answered: float


class Ringing:
    """An endless supply of notifications, each of a call of its own."""

    def __init__(self, signing: Signing) -> None:
        now = int(time.time())
        signed = [signing.token(expires_in=_TOKEN_SECONDS, nbf=now, jti=str(number)) for number in range(_TOKENS)]
        self._tokens = cycle(signed)

    def notifications(self, count: int) -> list[Notification]:
        return [self._notification(str(uuid.uuid4())) for _ in range(count)]

    def _notification(self, call: str) -> Notification:
        body = _EXAMPLE.replace(_EXAMPLE_ID, call.encode())
        token = next(self._tokens)
        head = (
            "POST /api/calls HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return Notification(call, token, body, head.encode() + body)


async def send(port: int, notifications: Sequence[Notification], at_once: int) -> list[Call]:
    """Send all over `at_once` connections, on each the next once the one before is answered. Raises Failed."""
    waiting = iter(notifications)

    async def caller() -> list[Call]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            return [await _call(reader, writer, notification) for notification in waiting]
        finally:
            writer.close()

    async with asyncio.timeout(_LONGEST), asyncio.TaskGroup() as callers:
        tasks = [callers.create_task(caller()) for _ in range(at_once)]
    return [call for task in tasks for call in task.result()]


async def _call(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, notification: Notification) -> Call:
    sent = time.perf_counter()
    writer.write(notification.request)
    head = await reader.readuntil(b"\r\n\r\n")
    answered = time.perf_counter()
    if not head.startswith(b"HTTP/1.1 202 "):
        raise Failed(f"a notification was answered {head.splitlines()[0].decode()}")
    return Call(notification.call, sent, answered)
