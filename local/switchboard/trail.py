"""All that is known of one call, and one step of its way."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from local.demo.phrases import shortened
from local.microsoft.exchange.call import Event
from local.switchboard.sightings import Seen, Sighting

type Row = Mapping[str, Any]

OK = range(200, 300)


@dataclass(frozen=True, slots=True)
class Step:
    """What happened from `at` until `until`, in milliseconds after the ring; `until` is None while it lasts.

    `who` did it: microsoft, app, tables, graph, phones. `tone` is plain, good, bad or waits.
    """

    key: str
    who: str
    title: str
    at: float
    until: float | None
    text: str = ""
    tone: str = "plain"
    lines: tuple[str, ...] = ()
    code: str = ""  # what Graph answered

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Trail:
    """All that is known of a call; `rang_at` and the times of events are time.monotonic().

    `turns` are what was done to the app meanwhile: killed, started, told again.
    """

    rang_at: float
    events: tuple[Event, ...]
    sighting: Sighting
    record: Row | None
    turns: tuple[tuple[float, str], ...] = ()
    keys_asked: tuple[float, ...] = ()  # when the app asked for Microsoft's keys

    @property
    def graph(self) -> list[Seen]:
        return sorted(self.sighting.graph.values(), key=lambda seen: seen.asked)

    @property
    def writes(self) -> list[Seen]:
        return sorted(self.sighting.tables.values(), key=lambda seen: seen.asked)

    @property
    def claims(self) -> list[Seen]:
        """The inserts but those of a record that had to wait for the tables: Graph had the call before."""
        taken = min((seen.asked for seen in self.graph if seen.status in OK), default=float("inf"))
        inserts = (seen for seen in self.writes if seen.what == "POST")
        return [seen for seen in inserts if seen.asked < taken or seen.status == HTTPStatus.CONFLICT]

    @property
    def measured(self) -> Row:
        """The record, where one process alone has measured it."""
        return {} if self.record is None or any(what == "killed" for _, what in self.turns) else self.record

    def ms(self, moment: float) -> float:
        return max(0.0, round((moment - self.rang_at) * 1000, 1))

    def happened(self, what: str) -> list[Event]:
        return [event for event in self.events if event.what == what]


def named(who: Iterable[str], names: Mapping[str, str]) -> str:
    return ", ".join(names.get(one) or shortened(one) for one in who)
