"""The way of a call, told from what was seen: also where something went wrong, or is not known yet."""

import json
from collections.abc import Mapping

import pytest

from local.microsoft.exchange.call import Event
from local.switchboard.sightings import Said, Seen, Sighting
from local.switchboard.trail import Trail, named
from local.switchboard.way import decided_ms, is_settled, steps
from local.switchboard.way_answered import left_out

ANNA, BO = "98da8a1a-1b87-452c-a713-65d3f10b1253", "bf5aae9a-d11d-47a8-93b1-782504c9c3f3"
NAMES = {ANNA: "Anna", BO: "Bo"}
RANG = Event(100.0, "rang", {})


def body(*targets: str) -> bytes:
    return json.dumps(
        {"targets": [{"identity": {"@odata.type": "x", "user": {"id": who}}} for who in targets]}
    ).encode()


def trail(
    *events: Event,
    graph: tuple[Seen, ...] = (),
    tables: tuple[Seen, ...] = (),
    record: Mapping[str, object] | None = None,
    turns: tuple[tuple[float, str], ...] = (),
    said: tuple[Said, ...] = (),
    keys_asked: tuple[float, ...] = (),
) -> Trail:
    sighting = Sighting(dict(enumerate(graph)), dict(enumerate(tables)))
    sighting.said.extend(said)
    return Trail(100.0, (RANG, *events), sighting, record, turns, keys_asked)


def told(of: Trail) -> dict[str, tuple[float, float | None, str]]:
    return {one.key: (one.at, one.until, one.tone) for one in steps(of, NAMES, "Cy", "Sales")}


def test_a_call_that_has_just_rung_waits_for_the_app() -> None:
    assert told(trail()) == {"rang": (0.0, 0.0, "plain"), "told-0": (0.0, None, "waits")}


def test_a_notification_that_is_refused_stops_at_the_gate() -> None:
    found = told(trail(Event(100.02, "notified", {"form": "legacy", "status": 401})))

    assert found["told-0"] == (0.0, 20.0, "bad")
    assert found["gate"][2] == "bad"
    assert "claim-0" not in found


def test_a_notification_without_an_answer_is_told_so() -> None:
    assert told(trail(Event(100.5, "notified", {"form": "legacy", "error": "ReadTimeout"})))["told-0"][2] == "bad"


@pytest.mark.parametrize(
    ("status", "tone"), [(201, "good"), (204, "good"), (409, "plain"), (404, "plain"), (None, "bad"), (503, "bad")]
)
def test_a_claim_is_what_the_tables_say_of_it(status: int | None, tone: str) -> None:
    found = told(trail(tables=(Seen("POST", 100.01, 100.03, status),)))

    assert found["claim-0"] == (10.0, 30.0, tone)
    assert found["gate"][2] == "good"


def test_a_claim_under_way_waits() -> None:
    assert told(trail(tables=(Seen("POST", 100.01),)))["claim-0"] == (10.0, None, "waits")


def test_a_claim_that_has_run_out_is_taken_over() -> None:
    conflict, renewed = Seen("POST", 100.1, 100.2, 409), Seen("PUT", 105.5, 105.6, 204)

    assert "claim-taken-over" in told(trail(tables=(conflict, renewed), graph=(Seen("redirect", 105.7),)))
    assert "claim-taken-over" not in told(trail(tables=(conflict,), graph=(Seen("redirect", 100.05),)))


def test_a_claim_that_is_tried_again_says_so() -> None:
    first, second = Seen("POST", 100.01, 100.02, None), Seen("POST", 100.2, 100.21, None)

    texts = [one.text for one in steps(trail(tables=(first, second)), NAMES, "Cy", "Sales") if "claim" in one.key]

    assert "tries again" in texts[0]
    assert "goes on" in texts[1]


def test_a_row_that_had_to_wait_for_the_tables_is_the_record_and_no_claim() -> None:
    away, late = Seen("POST", 100.01, 100.02, None), Seen("POST", 106.4, 106.41, 204)
    again = Seen("POST", 106.2, 106.21, 409)

    found = told(
        trail(
            tables=(away, again, late),
            graph=(Seen("redirect", 100.3, 100.31, 202),),
            record={"State": "done", "Outcome": "answered"},
        )
    )

    assert [key for key in found if key.startswith("claim")] == ["claim-0", "claim-1"]
    assert found["recorded"] == (6400.0, 6410.0, "good")


@pytest.mark.parametrize(
    ("later", "ends"),
    [
        pytest.param({}, None, id="waiting"),
        pytest.param({"graph": (Seen("redirect", 103.0),)}, 3000.0, id="asked-again"),
        pytest.param({"turns": ((100.5, "killed"),)}, 500.0, id="killed"),
    ],
)
def test_graph_that_has_not_answered(later: dict[str, tuple[object, ...]], ends: float | None) -> None:
    graph = (Seen("redirect", 100.1), *later.get("graph", ()))
    found = told(trail(graph=graph, turns=later.get("turns", ())))  # type: ignore[arg-type] # a table of both

    assert found["graph-0"][:2] == (100.0, ends)
    assert found["graph-0"][2] == ("waits" if ends is None else "bad")


def test_graph_that_never_answered_ends_with_the_apps_own_answer() -> None:
    failed = Event(109.0, "notified", {"form": "legacy", "status": 503})

    assert told(trail(failed, graph=(Seen("redirect", 100.1, 106.1, None),)))["graph-0"] == (100.0, 9000.0, "bad")


def test_whom_each_attempt_asks_for_is_named_where_it_changes() -> None:
    graph = (
        Seen("redirect", 100.1, 100.2, 403, body(ANNA, BO)),
        Seen("redirect", 100.3, 100.4, 202, body(BO)),
    )
    refused = Event(100.15, "refused", {"status": 403, "code": "7505", "operation": "redirect"})
    by_key = {one.key: one for one in steps(trail(refused, graph=graph), NAMES, "Cy", "Sales")}

    assert "403/7505" in by_key["graph-0"].text
    assert by_key["graph-0"].lines == ()
    assert by_key["graph-1"].lines == ("Now asked to ring Bo.",)
    assert by_key["decided"].lines == ("Rings: Anna, Bo.",)


@pytest.mark.parametrize("sent", [b"", b"{", b"[]", b'{"targets": 1}', b'{"targets": [{"identity": 1}]}'])
def test_a_body_that_cannot_be_read_names_nobody(sent: bytes) -> None:
    assert told(trail(graph=(Seen("redirect", 100.1, 100.2, 202, sent),)))["graph-0"][2] == "good"


def test_keys_that_were_fetched_before_the_gate_let_it_in_are_part_of_the_way() -> None:
    claim = Seen("POST", 100.05, 100.06, 201)

    assert "keys-0" in told(trail(tables=(claim,), keys_asked=(100.02,)))
    assert "keys-0" not in told(trail(tables=(claim,), keys_asked=(99.0,)))
    assert "keys-0" not in told(trail(tables=(claim,), keys_asked=(100.07,)))


def test_what_one_process_measured_is_not_said_of_another() -> None:
    record = {"GateMs": 4, "DirectoryMs": 9, "Route": "any/any"}
    claim, asked = Seen("POST", 100.05, 100.06, 201), Seen("redirect", 100.1)

    alone = told(trail(tables=(claim,), graph=(asked,), record=record))
    killed = told(trail(tables=(claim,), graph=(asked,), record=record, turns=((100.2, "killed"),)))

    assert (alone["gate"][0], alone["decided"][0]) == (46.0, 91.0)
    assert (killed["gate"][0], killed["decided"][0]) == (50.0, 100.0)


def test_the_end_and_the_record() -> None:
    events = (
        Event(100.1, "redirected", {"targets": [ANNA]}),
        Event(100.1, "ringing", {"target": ANNA}),
        Event(102.0, "pickedUp", {"by": ANNA}),
        Event(102.0, "ended", {"how": "answered"}),
        Event(102.1, "told", {"to": f"http://127.0.0.1/api/calls/2026-11-28/{ANNA}", "status": 202}),
    )
    write = Seen("PUT", 102.05, 102.08, 204)
    whole = trail(*events, tables=(write,), record={"State": "done", "Outcome": "answered"})

    found = told(whole)

    assert found["ringing"] == (100.0, 2000.0, "plain")
    assert found["ended"][2] == "good"
    assert found["end-told-0"] == (2000.0, 2100.0, "plain")
    assert found["recorded"] == (2050.0, 2080.0, "good")
    assert decided_ms(whole) == 100.0
    assert is_settled(whole, over=True)
    assert not is_settled(whole, over=False)


def test_a_record_that_could_not_be_written_waits_in_the_log() -> None:
    said = Said(112.0, {"event": "call.unrecorded"})

    assert told(trail(said=(said,)))["recorded"] == (12_000.0, 12_000.0, "bad")


def test_who_is_left_out_is_named_with_the_reason() -> None:
    skipped = {"Skipped": f"{ANNA}: forwarded the call here, +4366412345: disabled, odd"}

    assert left_out(skipped, NAMES) == ["Anna (forwarded the call here)", "+4366412345 (disabled)", "odd"]
    assert left_out({}, NAMES) == []


def test_ids_are_cut_to_what_tells_them_apart() -> None:
    assert named([ANNA, "+43664", ANNA.replace("9", "8")], NAMES) == "Anna, +43664, 88da8a1a…"
