"""Missed calls are told at least once, one message in 15 seconds at most, whatever the receiver does."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from shared.core.errors import StorageUnavailable
from shared.core.ids import CallId
from shared.core.missed_call.delivery import Receipt
from shared.core.missed_call.missed_call import MissedCall
from shared.core.record.record import CallKey, Outcome, Record, State, day_of
from shared.upkeep.outbox import Outbox
from tests.support.clock import NOON, MovableClock
from tests.support.scripted import Heard


@dataclass(slots=True)
class Store:
    """The rows that all instances share; so many uses of them fail as `away` says."""

    rows: dict[CallKey, tuple[MissedCall, bool]] = field(default_factory=dict)
    until: datetime | None = None
    away: int = 0

    def add(self, call: MissedCall) -> bool:
        self._ask()
        kept, is_told = self.rows.get(call.key, (None, False))
        if kept is not None and (is_told or kept.is_final or not call.is_final):
            return False
        self.rows[call.key] = call, False
        return True

    def waiting(self, most: int) -> Sequence[MissedCall]:
        self._ask()
        return [call for call, is_told in self.rows.values() if not is_told][:most]

    def told(self, calls: Sequence[MissedCall]) -> None:
        self._ask()
        self.rows |= {call.key: (call, True) for call in calls}

    def drop(self, before: datetime) -> None:
        self._ask()
        self.rows = {key: (call, told) for key, (call, told) in self.rows.items() if not told or call.at >= before}

    def take_turn(self, now: datetime, until: datetime) -> bool:
        self._ask()
        if self.until is not None and self.until > now:
            return False
        self.until = until
        return True

    def put_off(self, until: datetime) -> None:
        self._ask()
        self.until = until

    def _ask(self) -> None:
        if self.away:
            self.away -= 1
            raise StorageUnavailable("ServiceRequestError")


class World:
    """An outbox whose receiver answers as a test says; `sent` has the calls of each message."""

    def __init__(self, *answers: Receipt, takes: float = 0.1) -> None:
        self.clock = MovableClock()
        self.store = Store()
        self.said = Heard()
        self.sent: list[list[str]] = []
        self.outcomes: list[Outcome] = []
        self.withins: list[float] = []
        self._answers = list(answers)
        self._takes = takes
        self.calls: dict[CallKey, Record] = {}
        self.are_calls_away = False
        self.looked_up: list[str] = []
        self.look_takes = 0.0
        self.outbox = Outbox(self.store, self._record, self._write, self._send, self.clock, self.said)

    def _record(self, key: CallKey) -> Record | None:
        self.looked_up.append(key.call)
        self.clock.advance(self.look_takes)
        if self.are_calls_away:
            raise StorageUnavailable("HttpResponseError 503")
        return self.calls.get(key)

    def _write(self, calls: Sequence[MissedCall]) -> bytes:
        self.outcomes += [call.outcome for call in calls]
        return " ".join(call.key.call for call in calls).encode()

    def _send(self, body: bytes, within: float) -> Receipt:
        self.sent.append(body.decode().split())
        self.withins.append(within)
        self.clock.advance(min(self._takes, within))
        return self._answers.pop(0) if self._answers else Receipt(202)

    def hurried(self, body: bytes, within: float) -> Receipt:
        answer = self._send(body, within)
        return answer if self._takes < within else Receipt(None, "ReadTimeout")

    def ends(
        self, call: str, outcome: Outcome | None = Outcome.NO_ANSWER, state: State = State.DONE, *, heard: bool = True
    ) -> None:
        now = self.clock.now()
        key = CallKey(day_of(now), CallId(call))
        record = self.calls[key] = Record(key=key, state=state, received_at=now, outcome=outcome)
        if heard:
            self.outbox.tell(record)

    def beat(self, after: float = 600.0) -> None:
        self.clock.advance(after)
        self.outbox.flush()


def test_a_missed_call_is_told_at_once() -> None:
    world = World()

    world.ends("a")

    assert world.sent == [["a"]]
    assert world.said.one("message.sent") == {"calls": 1, "call": "a", "status": 202, "ms": 100}


@pytest.mark.parametrize("outcome", [Outcome.CALLER_HUNG_UP, Outcome.LATE])
def test_a_caller_who_gave_up_is_told_of_too(outcome: Outcome) -> None:
    world = World()

    world.ends("a", outcome)

    assert world.sent == [["a"]]


@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.REJECTED, Outcome.CLOSED, Outcome.ENDED, None])
def test_of_any_other_call_nobody_is_told(outcome: Outcome | None) -> None:
    world = World()

    world.ends("a", outcome)
    world.beat()

    assert (world.sent, world.store.rows) == ([], {})


def test_what_comes_within_fifteen_seconds_waits_and_goes_out_as_one_message() -> None:
    world = World()

    for number in range(200):
        world.ends(f"{number:03}")
        world.clock.advance(0.05)
    assert world.sent == [["000"]]
    world.beat()

    assert [len(calls) for calls in world.sent] == [1, 199]
    assert sorted({call for calls in world.sent for call in calls}) == [f"{number:03}" for number in range(200)]
    world.beat()
    assert len(world.sent) == 2


def test_after_fifteen_seconds_the_next_call_is_told_at_once() -> None:
    world = World()

    world.ends("a")
    world.clock.advance(14.8)
    world.ends("b")
    world.clock.advance(0.2)
    world.ends("c")

    assert world.sent == [["a"], ["c"]]


def test_a_call_whose_end_is_told_twice_is_told_once() -> None:
    world = World()

    world.ends("a")
    world.clock.advance(60)
    world.ends("a", Outcome.BUSY)
    world.beat()

    assert world.sent == [["a"]]


def test_two_instances_send_one_message_in_fifteen_seconds() -> None:
    world, other = World(), World()
    other.outbox = replace(other.outbox, store=world.store)

    world.ends("a")
    other.ends("b")

    assert (world.sent, other.sent) == ([["a"]], [])


@pytest.mark.parametrize(
    ("answer", "waits"),
    [
        pytest.param(Receipt(429, retry_after=90), 90, id="too-many"),
        pytest.param(Receipt(429), 60, id="too-many-without-a-word"),
        pytest.param(Receipt(503), 60, id="out-of-order"),
        pytest.param(Receipt(None, "ReadTimeout"), 60, id="slow"),
        pytest.param(Receipt(None, "ConnectionError"), 60, id="gone"),
    ],
)
def test_a_receiver_that_cannot_is_asked_again_later(answer: Receipt, waits: float) -> None:
    world = World(answer)

    world.ends("a")
    world.beat(after=waits - 1)
    assert world.sent == [["a"]]
    world.beat(after=2)
    world.beat()

    assert world.sent == [["a"], ["a"]]
    said = {"calls": 1, "call": "a", "status": answer.status, "why": answer.why or None, "ms": 100}
    assert world.said.one("message.delayed") == said


@pytest.mark.parametrize("status", [400, 401, 404, 302])
def test_a_receiver_that_will_not_is_not_asked_again(status: int) -> None:
    world = World(Receipt(status))

    world.ends("a")
    world.beat()

    assert world.sent == [["a"]]
    assert world.said.one("message.refused") == {"calls": 1, "call": "a", "status": status, "ms": 100}


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.LATE])
def test_of_an_attempt_that_failed_nobody_is_told_until_no_other_can_ring(outcome: Outcome) -> None:
    world = World()

    world.ends("a", outcome, State.FAILED)
    world.beat(after=19)
    assert world.sent == []
    world.beat(after=1)
    world.beat()

    assert world.sent == [["a"]]


def test_a_call_that_rings_after_all_and_is_answered_is_no_missed_call() -> None:
    world = World()

    world.ends("a", Outcome.FAILED, State.FAILED)
    world.ends("b", Outcome.FAILED, State.FAILED)
    world.ends("a", Outcome.ANSWERED)
    world.beat()
    world.beat()

    assert world.sent == [["b"]]
    assert world.store.waiting(9) == []


def test_a_call_that_rings_after_all_and_is_missed_is_told_at_its_end() -> None:
    world = World()

    world.ends("a", Outcome.FAILED, State.FAILED)
    world.ends("a", Outcome.CALLER_HUNG_UP)
    assert world.sent == [["a"]]
    world.beat()

    assert world.sent == [["a"]]


def test_an_end_that_nobody_here_heard_of_is_looked_up() -> None:
    world = World()

    world.ends("a", Outcome.FAILED, State.FAILED)
    world.ends("a", Outcome.BUSY, heard=False)
    world.beat()

    assert world.outcomes == [Outcome.BUSY]


def test_only_what_is_not_final_is_looked_up_and_not_for_ever() -> None:
    world = World()
    world.look_takes = 11.0

    world.ends("told")
    world.ends("final")
    for call in "abc":
        world.ends(call, Outcome.FAILED, State.FAILED)
    world.beat()

    assert world.looked_up == ["a", "b"]
    assert world.sent == [["told"], ["final", "a", "b", "c"]]


@pytest.mark.parametrize("away", [True, False])
def test_what_cannot_be_looked_up_is_told_as_it_was(away: bool) -> None:  # noqa: FBT001 - a case
    world = World()

    world.ends("a", Outcome.FAILED, State.FAILED)
    world.calls.clear()
    world.are_calls_away = away
    world.beat()

    assert world.sent == [["a"]]


def test_what_may_be_on_its_way_is_left_to_whoever_sends_it() -> None:
    world = World()
    world.store.add(MissedCall(CallKey(day_of(NOON), CallId("a")), NOON, Outcome.BUSY))

    world.beat(after=19)
    assert world.sent == []
    world.beat(after=1)

    assert world.sent == [["a"]]


def test_a_message_that_was_sent_but_not_noted_is_sent_again() -> None:
    world = World()
    world.store.add(MissedCall(CallKey(day_of(NOON), CallId("a")), NOON, Outcome.BUSY))
    world.outbox = replace(world.outbox, store=_Forgetful(world.store.rows))

    world.beat()
    world.outbox = replace(world.outbox, store=world.store)
    world.beat()

    assert world.sent == [["a"], ["a"]]
    assert world.said.one("storage.away")["step"] == "missed_call"


@dataclass(slots=True)
class _Slow(Store):
    clock: MovableClock = field(default_factory=MovableClock)
    takes: float = 1.1

    def add(self, call: MissedCall) -> bool:
        self.clock.advance(self.takes)
        return Store.add(self, call)


class _Forgetful(Store):
    def told(self, calls: Sequence[MissedCall]) -> None:
        del calls
        raise StorageUnavailable("HttpResponseError 503")


def test_storage_that_is_away_is_said_and_stops_nothing() -> None:
    world = World()
    world.store.away = 3

    world.ends("a")
    world.outbox.flush()

    away = {"table": "state", "step": "missed_call", "why": "ServiceRequestError"}
    assert (world.sent, world.said.names) == ([], ["storage.away"] * 2)
    assert world.said.all("storage.away") == [away] * 2


def test_a_row_that_storage_does_not_take_at_first_is_written_at_the_second_try() -> None:
    world = World()
    world.store.away = 1

    world.ends("a")

    assert world.sent == [["a"]]


def test_a_message_has_what_the_row_left_of_three_seconds() -> None:
    world = World()
    world.outbox = replace(world.outbox, store=_Slow(clock=world.clock, takes=0.75))

    world.ends("a")

    assert world.withins == [2.25]


def test_where_the_row_took_long_the_message_is_left_to_the_heartbeat() -> None:
    world = World()
    world.outbox = replace(world.outbox, store=_Slow(clock=world.clock))

    world.ends("a")
    assert world.sent == []
    world.beat()

    assert world.sent == [["a"]]


def test_all_of_it_takes_three_seconds_at_most() -> None:
    world = World(Receipt(None, "ReadTimeout"), takes=60)
    began = world.clock.monotonic()

    world.ends("a")

    assert world.withins == [3.0]
    assert world.clock.monotonic() - began <= 3.0


def test_a_receiver_that_is_slow_is_waited_for_where_nobody_else_waits_and_told_twice_at_most() -> None:
    world = World(takes=8)  # and the answer of one that needs longer than it has is none
    world.outbox = replace(world.outbox, send=world.hurried)

    world.ends("a")
    for _ in range(3):
        world.beat()

    assert world.sent == [["a"], ["a"]]
    assert world.withins == [3.0, 12.0]


def test_what_nobody_would_take_for_three_days_is_dropped_and_said() -> None:
    world = World(Receipt(503))
    world.ends("a")

    world.clock.advance(timedelta(minutes=20).total_seconds())
    world.store.add(MissedCall(CallKey(day_of(NOON), CallId("kept")), world.clock.now(), Outcome.BUSY))
    world.beat(after=timedelta(days=3, minutes=-10).total_seconds())
    world.beat()

    assert world.sent == [["a"], ["kept"]]
    assert world.said.one("message.dropped") == {"calls": 1}


def test_rows_of_what_was_told_go_after_two_days() -> None:
    world = World()
    world.ends("a")

    world.beat(after=timedelta(days=1).total_seconds())
    assert len(world.store.rows) == 1
    world.beat(after=timedelta(days=1, minutes=1).total_seconds())

    assert world.store.rows == {}
