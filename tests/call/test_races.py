"""Two instances hear of one call: whatever is slow or fails meanwhile, it is redirected once, by one of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count, pairwise

import pytest

from shared.adapters.call_memory import MemoryCalls
from shared.call.claims import Claims
from shared.call.journal import Journal
from shared.call.redirector import Redirector
from shared.call.ringing import Arrival, Ringing
from shared.core.budgets import Budgets
from shared.core.directory.model import Target, TargetKind, snapshot
from shared.core.gate.publishers import TokenForm
from shared.core.graph.verdicts import GraphResult, Reply
from shared.core.ids import AppId, CallId, TenantId
from shared.core.notification.calls import RingingCall
from shared.core.record.record import CallKey, Record, State
from shared.core.routing.decide import LastResort
from tests.support.clock import NOON
from tests.support.scripted import Heard, HeldDirectory
from tests.support.stage import Outage, Sent, StageClock, StageGraph, StageTable, StageTokens

CALL = RingingCall(CallId("491f0b00-ffff-4bc9-a43e-b226498ec22a"), TenantId("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"))
KEY = CallKey(NOON.date(), CALL.id)
ANNA = Target(TargetKind.USER, "98da8a1a-1b87-452c-a713-65d3f10b1253")
WRITES = "insert", "replace"
DOWN = Reply(503)
LEASE = 5.0
UNKIND = [
    pytest.param([(0.5, Reply(429, retry_after=4.0))], id="asked-to-wait"),
    pytest.param([(2.9, DOWN), (2.9, DOWN)], id="slow-and-down"),
    pytest.param([(4.4, DOWN), (3.0, DOWN)], id="as-slow-as-can-be"),
    pytest.param([(1.4, DOWN), (4.4, DOWN)], id="slower-and-slower"),
    pytest.param([(0.4, DOWN), (0.4, DOWN), (4.4, DOWN)], id="slow-at-last"),
]


@dataclass(slots=True)
class Stage:
    """The table's rows, Graph and the clock, and the instances of the app that share them."""

    graph_takes: float = 0.1
    answers: Sequence[tuple[float, GraphResult]] = ()
    clock: StageClock = field(default_factory=StageClock)
    rows: MemoryCalls = field(default_factory=MemoryCalls)
    graph: StageGraph = field(init=False)
    said: Heard = field(default_factory=Heard)
    owners: "count[int]" = field(default_factory=count)
    tables: dict[str, StageTable] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.graph = StageGraph(self.clock, self.rows, self.graph_takes, iter(self.answers))

    def instance(
        self, name: str, *, token: float = 0.0, takes: float = 0.01, outages: Sequence[Outage] = ()
    ) -> Callable[[], int]:
        """Give what one delivery to an instance of its own does."""
        table, memory, budgets = StageTable(self.clock, self.rows, takes, outages), MemoryCalls(), Budgets()
        self.tables[name] = table
        tokens = StageTokens(self.clock, token)
        ringing = Ringing(
            directories=HeldDirectory(snapshot({"default": (ANNA,)}, {})),
            claims=Claims(table, memory, self.clock, self.said, budgets, lambda: f"{name}-{next(self.owners)}"),
            journal=Journal(table, memory, self.clock, self.said, budgets, lambda: 0.0),
            redirector=Redirector(self.graph.of(name), tokens, self.clock, budgets, lambda: 0.0),
            clock=self.clock,
            events=self.said,
            last_resort=LastResort(AppId("24701998-1a73-4d42-8085-bf46ed0ae039")),
            base_url="https://bot.contoso.com",
        )
        return lambda: ringing.take(CALL, Arrival(self.clock.now(), self.clock.monotonic(), TokenForm.LEGACY))

    def row(self) -> Record:
        stored = self.rows.read(KEY)
        assert stored is not None
        return stored.record

    @property
    def senders(self) -> list[str]:
        return [sent.instance for sent in self.graph.sent]

    @property
    def overlapping(self) -> list[tuple[Sent, Sent]]:
        """Give each attempt that began before another instance's ended."""
        pairs = pairwise(sorted(self.graph.sent, key=lambda sent: sent.begins))
        return [(one, then) for one, then in pairs if one.instance != then.instance and then.begins < one.ends]

    @property
    def oldest_claim(self) -> float:
        """Give how old a claim was at most when an attempt on it ended."""
        return max(sent.claim_age for sent in self.graph.sent)


@pytest.mark.parametrize("second_comes", [0.05, 1.0, 3.0, 4.9, 6.0, 9.0])
@pytest.mark.parametrize(
    "outage",
    [
        pytest.param(Outage(0.1, 0.4), id="fails-once"),
        pytest.param(Outage(0.1, 4.0), id="fails-for-seconds"),
        pytest.param(Outage(0.1, 3.0, after=1.5), id="hangs"),
        pytest.param(Outage(0.1, 4.0, WRITES), id="takes-no-writes"),
    ],
)
def test_a_record_that_cannot_be_written_at_once_is_written_before_another_could_take_over(
    outage: Outage, second_comes: float
) -> None:
    stage = Stage()

    answers = stage.clock.play(
        (0.0, stage.instance("first", outages=[outage])), (second_comes, stage.instance("second"))
    )

    assert (answers, stage.senders, stage.row().state) == ([202, 202], ["first"], State.REDIRECTED)


@pytest.mark.parametrize("second_comes", [0.05, 1.0, 4.0])
@pytest.mark.parametrize("token", [2.9, 3.1, 4.0, 5.4, 8.0])
@pytest.mark.parametrize("insert", [0.01, 0.95])
def test_an_owner_who_waits_for_a_token_stays_the_only_one(token: float, second_comes: float, insert: float) -> None:
    stage = Stage()

    answers = stage.clock.play(
        (0.0, stage.instance("first", token=token, takes=insert)), (second_comes, stage.instance("second"))
    )

    assert (answers, stage.senders, stage.row().state) == ([202, 202], ["first"], State.REDIRECTED)


@pytest.mark.parametrize("takes", [0.01, 0.5])
@pytest.mark.parametrize("answers", UNKIND)
def test_an_owner_whom_graph_keeps_waiting_stays_the_only_one(
    answers: list[tuple[float, GraphResult]], takes: float
) -> None:
    stage = Stage(answers=answers)

    heard = stage.clock.play((0.0, stage.instance("first", takes=takes)), (0.5, stage.instance("second")))

    assert (heard, set(stage.senders), stage.row().state) == ([202, 202], {"first"}, State.REDIRECTED)


@pytest.mark.parametrize("token", [0.0, 2.0, 4.0])
@pytest.mark.parametrize(
    "outage",
    [
        pytest.param(Outage(1.0, 1.2, ("insert",)), id="its-insert-fails-once"),
        pytest.param(Outage(1.05, 4.0, ("read",)), id="it-cannot-read"),
        pytest.param(Outage(1.05, 3.5), id="it-reaches-nothing"),
        pytest.param(Outage(1.05, 4.0, after=2.0), id="it-hangs"),
    ],
)
def test_a_second_that_cannot_see_what_the_first_does_waits_for_it(outage: Outage, token: float) -> None:
    stage = Stage()

    heard = stage.clock.play(
        (0.0, stage.instance("first", token=token)), (1.0, stage.instance("second", outages=[outage]))
    )

    assert (heard, stage.senders, stage.row().state) == ([202, 202], ["first"], State.REDIRECTED)


@pytest.mark.parametrize("second_comes", [0.05, 0.5, 4.0])
@pytest.mark.parametrize("takes", [0.01, 0.95, 2.4])
@pytest.mark.parametrize("token", [0.0, 1.2, 3.4])
@pytest.mark.parametrize("answers", UNKIND)
def test_no_attempt_outlives_its_lease_and_no_two_instances_send_at_once(
    answers: list[tuple[float, GraphResult]], token: float, takes: float, second_comes: float
) -> None:
    stage = Stage(answers=answers)

    stage.clock.play(
        (0.0, stage.instance("first", token=token, takes=takes)), (second_comes, stage.instance("second", takes=takes))
    )

    assert stage.oldest_claim <= LEASE
    assert stage.overlapping == []
    assert len(stage.graph.redirected) <= 1


def test_an_owner_that_lost_its_claim_sends_nothing_and_answers_as_a_duplicate() -> None:
    stage = Stage()
    first = stage.instance("first", token=6.5, outages=[Outage(0.1, 6.2)])

    heard = stage.clock.play((0.0, first), (1.0, stage.instance("second")))

    assert (heard, stage.senders, stage.row().state) == ([202, 202], ["second"], State.REDIRECTED)
    assert stage.said.one("call.duplicate")["state"] is State.CLAIMED


def test_an_owner_whose_lease_ran_out_unproved_takes_gone_for_done() -> None:
    stage = Stage()
    first = stage.instance("first", token=6.5, outages=[Outage(0.1, 9.0)])

    heard = stage.clock.play((0.0, first), (1.0, stage.instance("second")))

    assert (heard, stage.senders, stage.row().state) == ([202, 202], ["second", "first"], State.REDIRECTED)
    assert stage.overlapping == []


def test_without_a_table_a_lone_delivery_rings_all_the_same() -> None:
    stage = Stage()

    heard = stage.clock.play((0.0, stage.instance("only", token=8.0, outages=[Outage(0.0, 99.0, after=1.0)])))

    assert (heard, stage.senders, stage.said.names[-1]) == ([202], ["only"], "call.unrecorded")


def test_a_fast_call_writes_its_row_twice() -> None:
    stage = Stage()

    stage.clock.play((0.0, stage.instance("only")))

    assert stage.tables["only"].asked == ["insert", "replace"]
