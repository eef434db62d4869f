"""What a watcher sees of each request, whichever fault it meets."""

from collections.abc import Iterator

import pytest
import requests

from local.loopback.faults import Cut, DoneBut, Elsewhere, Fault, Flood, Hang, LostAnswer, Reset, Says, Slow
from local.loopback.messages import Request, Response
from local.loopback.server import LoopbackServer
from local.microsoft.server.neighbour import Neighbour, at_path


class Seen:
    def __init__(self) -> None:
        self.told: list[tuple[str, int | None]] = []

    def asked(self, request: Request) -> None:
        self.told.append((request.path, 0))

    def answered(self, request: Request, status: int | None, at: float) -> None:
        assert at >= request.at
        self.told.append((request.path, status))


@pytest.fixture
def neighbour() -> Neighbour:
    return Neighbour("one", lambda _: Response(200, {"done": True}))


@pytest.fixture
def url(neighbour: Neighbour) -> Iterator[str]:
    server = LoopbackServer().start(at_path(lambda _: neighbour))
    yield server.url
    server.stop()


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (None, 200),
        (Slow(0.01), 200),
        (Says(429), 429),
        (DoneBut(504), 504),
        (Elsewhere("http://127.0.0.1:1/"), 302),
        (Flood(1), 200),
        (Reset(), None),
        (LostAnswer(), None),
        (Cut(), None),
        (Hang(0.01), None),
    ],
)
def test_each_answer_is_seen_as_it_went_out(
    neighbour: Neighbour, url: str, fault: Fault | None, status: int | None
) -> None:
    watcher = Seen()
    neighbour.watcher = watcher
    neighbour.fault_of = lambda _: fault

    try:
        requests.get(f"{url}/x", timeout=10, allow_redirects=False)
    except requests.RequestException:
        assert status is None

    while len(watcher.told) < 2:  # the server's own thread tells it, once it has answered
        pass
    assert watcher.told == [("/x", 0), ("/x", status)]
