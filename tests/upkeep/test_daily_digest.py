"""The day before is told once a day, when it is time, and again where nobody took it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.core.errors import StorageUnavailable
from shared.core.missed_call.daily import Day
from shared.core.missed_call.delivery import Receipt
from shared.core.record.line_counts import PastCall
from shared.upkeep.daily_digest import DailyDigest
from shared.upkeep.outbox import Outbox
from tests.support.clock import MovableClock
from tests.support.scripted import Heard
from tests.upkeep.test_outbox import Store

VIENNA = ZoneInfo("Europe/Vienna")
TUESDAY_7_UTC = datetime(2026, 11, 24, 5, 59, tzinfo=UTC)  # a minute before 07:00 in Vienna
CALLS = {
    date(2026, 11, 22): [PastCall(datetime(2026, 11, 22, 23, 30, tzinfo=UTC), "a", "", "busy")],
    date(2026, 11, 23): [
        PastCall(datetime(2026, 11, 23, 12, tzinfo=UTC), "a", "", "answered"),
        PastCall(datetime(2026, 11, 23, 23, 30, tzinfo=UTC), "a", "", "busy"),
    ],
}


@dataclass(slots=True)
class Days:
    told: date | None = None
    is_away: bool = False
    read: list[date] = field(default_factory=list)

    def calls(self, day: date) -> Iterator[Iterable[PastCall]]:
        if self.is_away:
            raise StorageUnavailable("ServiceRequestError")
        self.read.append(day)
        yield CALLS.get(day, [])

    def last_day(self) -> date | None:
        return self.told

    def note_day(self, day: date) -> None:
        self.told = day


class World:
    def __init__(self, *answers: Receipt, begins: datetime = TUESDAY_7_UTC, at: time = time(7)) -> None:
        self.clock, self.said, self.days = MovableClock(begins), Heard(), Days()
        self.sent: list[bytes] = []
        self._answers = list(answers)
        outbox = Outbox(Store(), lambda _: None, lambda _: b"", self._send, self.clock, self.said)
        self.digest = DailyDigest(self.days, self.days, outbox, _written, self.clock, self.said, at, VIENNA)

    def _send(self, body: bytes, within: float) -> Receipt:
        del within
        self.sent.append(body)
        return self._answers.pop(0) if self._answers else Receipt(202)

    def beat(self, after: float = 600) -> None:
        self.clock.advance(after)
        self.digest.send()


def _written(day: Day) -> bytes:
    return f"{day.day} {day.counts.all.total()}".encode()


def test_yesterday_is_told_once_when_it_is_time() -> None:
    world = World()

    world.beat(after=30)
    assert world.sent == []
    for after in (30, 600, 600):
        world.beat(after)
        assert len(world.sent) == 1

    assert world.sent == [b"2026-11-23 2"]
    assert world.said.one("message.sent")["calls"] == 2
    world.beat(after=timedelta(days=1).total_seconds())
    assert world.sent[1:] == [b"2026-11-24 1"]


def test_a_time_between_the_last_beat_of_a_day_and_midnight_is_not_passed_over() -> None:
    world = World(begins=datetime(2026, 11, 24, 22, 50, tzinfo=UTC), at=time(23, 55))  # 23:50 in Vienna

    for after in (0, 600, 600, 86_400 - 600, 600):
        world.beat(after)

    assert world.sent == [b"2026-11-23 2", b"2026-11-24 1"]


def test_what_nobody_took_by_midnight_is_told_after_it() -> None:
    world = World(Receipt(503), Receipt(503), begins=datetime(2026, 11, 24, 20, tzinfo=UTC), at=time(21))
    world.days.told = date(2026, 11, 22)

    for after in (0, 600, 4 * 3600):
        world.beat(after)

    assert world.sent == [b"2026-11-23 2"] * 3
    assert world.days.told == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("begins", "at", "day"),
    [
        pytest.param("2026-11-24T00:00", time(7), None, id="before-its-time"),
        pytest.param("2026-11-24T05:59", time(7), None, id="a-minute-before-its-time"),
        pytest.param("2026-11-24T12:00", time(7), "2026-11-23", id="after-its-time"),
        pytest.param("2026-11-25T00:54", time(23, 55), "2026-11-23", id="within-the-hour"),
        pytest.param("2026-11-25T00:55", time(23, 55), None, id="an-hour-late"),
    ],
)
def test_whoever_sets_a_time_hears_of_the_day_before_from_its_next_time_on(
    begins: str, at: time, day: str | None
) -> None:
    world = World(begins=datetime.fromisoformat(begins).replace(tzinfo=VIENNA).astimezone(UTC), at=at)

    world.beat(0)

    assert [message[:10].decode() for message in world.sent] == ([day] if day else [])


@pytest.mark.parametrize(("answer", "tries"), [(Receipt(503), 2), (Receipt(400), 1)])
def test_where_nobody_could_take_it_the_next_beat_tries_again(answer: Receipt, tries: int) -> None:
    world = World(answer)

    for _ in range(3):
        world.beat()

    assert len(world.sent) == tries


def test_storage_that_is_away_is_said() -> None:
    world = World()
    world.days.is_away = True

    world.beat()

    away = {"table": "calls, state", "step": "daily_digest", "why": "ServiceRequestError"}
    assert (world.sent, world.said.one("storage.away")) == ([], away)


def test_where_another_message_has_just_gone_out_the_next_beat_tells_it() -> None:
    world = World()
    world.clock.advance(60)
    assert world.digest.outbox.may_send()

    world.beat(after=14)
    assert world.sent == []
    world.beat(after=1)

    assert len(world.sent) == 1
