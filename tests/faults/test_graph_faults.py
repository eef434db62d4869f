"""Graph in trouble: how often it is asked, how long, and what becomes of the call and its record."""

import contextlib
import email.utils
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.azurite import Azurite, azurite
from local.loopback.certificate import certified
from local.loopback.faults import Drip, Elsewhere, Fault, Hang, LostAnswer, Reset, Says
from local.loopback.messages import Response
from local.loopback.server import LoopbackServer
from local.microsoft.server.neighbour import Neighbour
from local.microsoft.simulator import Microsoft
from shared.core.budgets import Budgets
from tests.faults.line import ANNA, BO, Line, line

RING_WINDOW = 15.0
# A tenth of the window, for what is waited for on the socket until the window ends.
HASTY = Budgets(
    last_attempt_ends=3.0, connect=0.5, read=0.8, back_off=(0.02, 0.05, 0.1), claim_write=0.8, record_write=0.8
)
PASSING = [500, 502, 503, 504, Reset(), LostAnswer()]


@pytest.fixture(scope="module")
def shared_app(storage: Azurite, microsoft: Microsoft) -> Iterator[Line]:
    with line(storage, microsoft) as app:
        app.warm()
        yield app


@pytest.fixture
def app(shared_app: Line) -> Iterator[Line]:
    shared_app.microsoft.graph.behaves()
    shared_app.microsoft.exchange.delivers_to(shared_app.url)  # another test's app may have had its calls
    shared_app.clock.slept.clear()
    yield shared_app
    shared_app.microsoft.graph.behaves()


def error(code: str) -> bytes:
    return f'{{"error":{{"code":"{code}","message":"m","innerError":{{"request-id":"r-1"}}}}}}'.encode()


@contextlib.contextmanager
def stranger(answer: Response, tls: ssl.SSLContext | None = None) -> Iterator[tuple[Neighbour, str]]:
    """Run another server in Graph's place, which remembers what reached it."""
    neighbour = Neighbour("stranger", lambda _: answer)
    with LoopbackServer(tls=tls).start(neighbour.serve) as server:
        yield neighbour, server.url


def seconds(app: Line, call: str) -> float:
    """Give how long the call's answer took, by the app's own clock."""
    record = app.record(call)
    assert record is not None
    return float(record["RedirectMs"]) / 1000


@pytest.mark.parametrize("first", PASSING, ids=str)
@pytest.mark.parametrize("second", [500, 503, Reset()], ids=str)
def test_two_faults_in_a_row_are_followed_by_a_third_attempt(
    app: Line, first: int | Fault, second: int | Fault
) -> None:
    app.microsoft.graph.will_answer(first, second)

    call = app.ring()

    record = app.record(call.id)
    assert record is not None
    assert (call.notified, record["Attempts"], len(app.sent(call.id))) == (202, 3, 3)
    assert len(call.happened("redirected")) == 1
    assert seconds(app, call.id) <= 8


def test_503_for_ever_ends_before_the_ring_window_does(app: Line) -> None:
    app.microsoft.graph.will_always_answer(503)

    call = app.ring()

    record = app.record(call.id)
    assert record is not None
    assert (call.notified, record["State"], record["Outcome"]) == (503, "failed", "failed")
    assert 2 <= len(app.sent(call.id)) <= 6
    assert seconds(app, call.id) <= 14


@dataclass(frozen=True, slots=True)
class Ahead:
    """A date so many seconds from when the test runs, as Retry-After may have it."""

    seconds: float

    def __str__(self) -> str:
        return email.utils.format_datetime(datetime.now(UTC) + timedelta(seconds=self.seconds), usegmt=True)


@pytest.mark.parametrize(
    "told",
    ["1", "1.5", "0", "-5", "soon", "", "1e999", "nan", Ahead(2), Ahead(-60), "Sun, 06 Nov 1994 08:49:37 GMT", None],
    ids=repr,
)
def test_a_throttled_attempt_is_repeated_a_second_later_at_the_earliest(app: Line, told: str | Ahead | None) -> None:
    app.microsoft.graph.will_answer(Says(429, retry_after=None if told is None else str(told)))

    call = app.ring()

    assert (call.notified, len(app.sent(call.id))) == (202, 2)
    assert sum(app.clock.slept) >= 1
    assert seconds(app, call.id) <= 8


@pytest.mark.parametrize("told", ["60", "3600", "1e30", "99999999999999999999", Ahead(3600)], ids=repr)
def test_a_wait_that_does_not_fit_is_given_up_at_once(app: Line, told: str | Ahead) -> None:
    app.microsoft.graph.will_always_answer(Says(429, retry_after=str(told)))

    call = app.ring()

    record = app.record(call.id)
    assert record is not None
    assert (call.notified, record["State"], len(app.sent(call.id))) == (503, "failed", 1)
    assert seconds(app, call.id) <= 12


@pytest.mark.parametrize(
    ("status", "code", "attempts", "notified", "outcome"),
    [
        pytest.param(400, "8523", 3, 202, None, id="400-invalid-argument-is-repaired-once"),
        pytest.param(403, "7505", 2, 202, None, id="403-tenant-mismatch-takes-the-next-list"),
        pytest.param(403, "7503", 1, 202, "failed", id="403-not-registered-is-rejected"),
        pytest.param(404, "8522", 1, 202, "late", id="404-gone"),
        pytest.param(409, "8519", 1, 202, "late", id="409-conflict"),
        pytest.param(412, "8583", 1, 202, "late", id="412-another-state"),
        pytest.param(400, "8528", 1, 202, "late", id="400-terminated"),
        pytest.param(404, "UnknownError", 1, 202, "late", id="404-without-a-code"),
    ],
)
def test_a_final_answer_is_final(
    app: Line, status: int, code: str, attempts: int, notified: int, outcome: str | None
) -> None:
    repeated = {"8523": 2}.get(code, 1)
    app.microsoft.graph.will_answer(*[Says(status, error(code))] * repeated)

    call = app.ring()

    record = app.record(call.id)
    assert record is not None
    assert (call.notified, len(app.sent(call.id)), record.get("Outcome")) == (notified, attempts, outcome)
    assert (record["GraphCode"], record["RequestId"]) == (code, "r-1")
    assert seconds(app, call.id) <= 3


THREE = [ANNA, BO, "deadbeef-0000-4000-8000-000000000001"]


@pytest.mark.parametrize("bad", THREE)
def test_two_good_people_of_three_ring_whichever_graph_refuses(bad: str) -> None:
    targets: list[dict[str, object]] = [{"PartitionKey": "team", "RowKey": one} for one in THREE]
    good = [one for one in THREE if one != bad]
    with azurite() as own, Microsoft(speed=20.0) as microsoft, line(own, microsoft, targets=targets) as app:
        microsoft.graph_api.strangers.add(bad)

        call = app.ring()

        record = app.record(call.id)
        assert record is not None
        assert call.happened("redirected")[0].facts["targets"] == good
        assert (record["Rung"], record["GraphCode"]) == (" ".join(good), "7505")
        assert record["Skipped"] == f"{bad}: left out after Graph refused the list (7505)"
        (said,) = app.events("list.bad_target")
        assert (said["list"], said["code"], said["left_out"], said["targets"]) == ("team", "7505", 1, bad)


@pytest.mark.parametrize("unanswered", [LostAnswer(), 504, 502, 408], ids=str)
@pytest.mark.parametrize(("status", "code"), [(404, "8522"), (409, "8519"), (412, "8585"), (404, "x")])
def test_gone_after_an_attempt_that_may_have_been_heard_means_done(
    app: Line, unanswered: int | Fault, status: int, code: str
) -> None:
    app.microsoft.graph.will_answer(unanswered, Says(status, error(code)))

    call = app.ring()

    record = app.record(call.id)
    assert record is not None
    assert (call.notified, record["State"] in {"redirected", "done"}, record.get("GraphCode")) == (202, True, code)
    assert app.sent(call.id, "reject") == []


@pytest.mark.parametrize("unanswered", [Reset(), 502, 504], ids=str)
def test_a_refusal_of_what_was_never_answered_rings_others_but_rejects_nothing(
    app: Line, unanswered: int | Fault
) -> None:
    refused = Says(403, error("7505"))
    app.microsoft.graph.will_answer(unanswered, refused)
    rung = app.ring()
    app.microsoft.graph.will_answer(unanswered, *[refused] * 9)
    refused_to_the_end = app.ring()

    assert (rung.notified, app.sent(rung.id, "reject"), len(rung.happened("redirected"))) == (202, [], 1)
    assert (refused_to_the_end.notified, app.sent(refused_to_the_end.id, "reject")) == (503, [])


@pytest.mark.parametrize("page", [Says(200, html=True), Says(503, html=True), Says(302, html=True)], ids=str)
def test_a_page_is_no_answer(app: Line, page: Fault) -> None:
    app.microsoft.graph.will_answer(page)

    call = app.ring()

    assert (call.notified, len(app.sent(call.id)), len(call.happened("redirected"))) == (202, 2, 1)


@pytest.mark.parametrize("trouble", [Hang(20), Drip(0.2)], ids=str)
def test_a_graph_that_keeps_silent_once_costs_one_attempt(
    storage: Azurite, microsoft: Microsoft, trouble: Fault
) -> None:
    with line(storage, microsoft) as app:
        app.warm()
        app.microsoft.graph.will_answer(trouble)

        call = app.ring()

        assert (call.notified, len(app.sent(call.id)), len(call.happened("redirected"))) == (202, 2, 1)
        assert seconds(app, call.id) <= 10


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(Hang(20), id="hangs"),
        pytest.param(Drip(0.1), id="a-byte-at-a-time"),
        pytest.param(Says(503, retry_after="0"), id="busy"),
    ],
)
def test_a_graph_that_keeps_silent_for_ever_is_left_at_the_deadline(
    storage: Azurite, microsoft: Microsoft, trouble: Fault
) -> None:
    with line(storage, microsoft, budgets=HASTY) as app:
        app.ring()
        app.microsoft.graph.will_always_answer(trouble)

        call = app.ring()

        record = app.record(call.id)
        assert record is not None
        assert 2 <= len(app.sent(call.id)) <= 4
        assert seconds(app, call.id) <= (HASTY.last_attempt_ends + HASTY.record_write)
        # What drips was done: the attempts after it hear that the call is taken, and take it so.
        assert record["State"] in ({"redirected", "done"} if isinstance(trouble, Drip) else {"failed"})


def test_an_error_whose_body_drips_is_read_no_longer_than_an_attempt_lasts(
    storage: Azurite, microsoft: Microsoft
) -> None:
    long = {"error": {"code": "8522", "message": "x" * 5000}}
    with (
        stranger(Response(404, long)) as (graph, url),
        line(storage, microsoft, settings={"GRAPH_URL": url}) as app,
    ):
        graph.will_always_answer(Drip(0.001))  # its head in a fifth of a second, its body in five

        call = app.ring()

        record = app.record(call.id)
        assert record is not None
        assert (call.notified, record["Outcome"], record["GraphStatus"], record["Attempts"]) == (202, "late", 404, 1)


def test_a_redirect_to_another_host_gets_no_token(app: Line) -> None:
    with stranger(Response(202)) as (elsewhere, url):
        app.microsoft.graph.will_answer(Elsewhere(f"{url}/v1.0/communications/calls"))

        call = app.ring()

        assert elsewhere.seen == []
    assert (call.notified, len(app.sent(call.id)), len(call.happened("redirected"))) == (202, 2, 1)


def test_a_graph_with_another_authoritys_certificate_gets_no_token(
    storage: Azurite, microsoft: Microsoft, tmp_path: Path
) -> None:
    _, tls = certified(tmp_path, "127.0.0.1")
    with (
        stranger(Response(202), tls) as (graph, url),
        line(storage, microsoft, settings={"GRAPH_URL": url}) as app,
    ):
        # Entra issues for the Graph that the setting names, so that the certificate alone is what is wrong.
        app.microsoft.entra.graph_url, kept = url, app.microsoft.entra.graph_url
        call = app.ring()
        app.microsoft.entra.graph_url = kept

        record = app.record(call.id)
        assert graph.seen == []
        assert record is not None
        assert (call.notified, record["State"], record["Attempts"]) == (503, "failed", 4)


def test_no_seconds_of_a_call_go_beyond_the_ring_window() -> None:
    budgets = Budgets()

    assert budgets.last_attempt_ends + budgets.record_write < RING_WINDOW
    assert budgets.claim_write + budgets.directory_wait + budgets.last_attempt_ends < RING_WINDOW
