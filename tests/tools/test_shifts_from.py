"""Rotas out of calendars: iCalendar feeds with their traps, and PagerDuty's schedule, against real servers."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, time
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from azure.data.tables import TableServiceClient
from hypothesis import given
from hypothesis import strategies as st

from local.azurite import azurite
from tests.support.commands import Run
from tests.support.servers import Exchange, serving
from tests.support.stack import seed
from tests.support.tables import LINE, route, shift, target
from tools import csv_rows, shifts_from
from tools.duty_events import Feed, Span, from_ical
from tools.duty_rows import shifts_from as rows_from
from tools.table_source import Unusable

VIENNA = ZoneInfo("Europe/Vienna")
NAMES = ("Gerd Maier", "Hana Novák", "Ivo Jurić", "Jana Weiß")
SPAN = Span(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC), VIENNA)


def calendar(*events: str, head: str = "") -> bytes:
    stamp = "UID:{}@x\nDTSTAMP:20260901T000000Z"
    body = "".join(f"BEGIN:VEVENT\n{stamp.format(number)}\n{one}\nEND:VEVENT\n" for number, one in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{head}{body}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def event(title: str, begins: str, ends: str, *more: str, zone: str = "") -> str:
    of_zone = f";TZID={zone}" if zone else ""
    return "\n".join([f"SUMMARY:{title}", f"DTSTART{of_zone}:{begins}", f"DTEND{of_zone}:{ends}", *more])


def rows_and_strangers(feed: Feed, **addresses: str) -> list[str]:
    made = rows_from(feed.events, "oncall", NAMES, VIENNA, addresses)
    return [f"{row['RowKey']} {row['Who']}" for row in made.rows] + [f"? {one}" for one in made.strangers]


def test_weekly_events_in_a_zone_stay_at_their_time_when_clocks_change() -> None:
    gerd = ("On call: Gerd Maier", "20261012T080000", "20261019T080000", "RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3")
    hana = ("On call: Novák, Hana", "20261019T080000", "20261026T080000", "RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=2")

    feed = from_ical(calendar(event(*gerd, zone="Europe/Vienna"), event(*hana, zone="Europe/Vienna")), SPAN)

    assert rows_and_strangers(feed) == [
        "2026-10-12T08:00 Gerd Maier",
        "2026-10-19T08:00 Hana Novák",
        "2026-10-26T08:00 Gerd Maier",
        "2026-11-02T08:00 Hana Novák",
        "2026-11-09T08:00 Gerd Maier",
    ]
    assert feed.notices == ()


def test_weekly_events_by_utc_move_in_winter_and_a_notice_says_so() -> None:
    weekly = event("Gerd Maier", "20261012T060000Z", "20261012T140000Z", "RRULE:FREQ=WEEKLY;COUNT=3")

    feed = from_ical(calendar(weekly), SPAN)

    assert rows_and_strangers(feed) == [
        "2026-10-12T08:00 Gerd Maier",
        "2026-10-12T16:00 nobody",
        "2026-10-19T08:00 Gerd Maier",
        "2026-10-19T16:00 nobody",
        "2026-10-26T07:00 Gerd Maier",
    ]
    assert "repeating by UTC" in feed.notices[0]
    in_utc = Span(SPAN.begins, SPAN.ends, UTC)
    assert (
        from_ical(
            calendar("SUMMARY:x\nDTSTART:20261012T060000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2"), in_utc
        ).notices
        == ()
    )


@pytest.mark.parametrize("zone", ["", ";TZID=Customized Time Zone"])
def test_times_without_a_known_zone_are_those_of_the_list(zone: str) -> None:
    feed = from_ical(calendar(f"SUMMARY:Ivo Jurić\nDTSTART{zone}:20261130T080000\nDTEND{zone}:20261130T180000"), SPAN)

    assert rows_and_strangers(feed) == ["2026-11-30T08:00 Ivo Jurić"]
    assert "taken as times of Europe/Vienna" in feed.notices[0]


def test_a_zone_of_the_whole_calendar_and_one_of_its_own_making_count() -> None:
    head = "X-WR-TIMEZONE:America/New_York\n"
    own = (
        "BEGIN:VTIMEZONE\nTZID:Customized Time Zone\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0300\n"
        "TZOFFSETTO:+0300\nEND:STANDARD\nEND:VTIMEZONE\n"
    )

    whole = from_ical(calendar("SUMMARY:Ivo Jurić\nDTSTART:20261116T120000Z\nDTEND:20261116T130000Z", head=head), SPAN)
    customized = event("Ivo Jurić", "20261116T150000", "20261116T160000", zone="Customized Time Zone")
    made = from_ical(calendar(customized, head=own), SPAN)

    assert rows_and_strangers(whole) == ["2026-11-16T13:00 Ivo Jurić"]
    assert rows_and_strangers(made) == ["2026-11-16T13:00 Ivo Jurić"]


@pytest.mark.parametrize(("at", "expected"), [(time(), "2026-11-02T00:00"), (time(8), "2026-11-02T08:00")])
def test_all_day_events_have_no_hour_but_the_one_that_is_asked_for(at: time, expected: str) -> None:
    span = Span(SPAN.begins, SPAN.ends, VIENNA, at)

    feed = from_ical(calendar("SUMMARY:Jana Weiss\nDTSTART;VALUE=DATE:20261102\nDTEND;VALUE=DATE:20261109"), span)

    assert rows_and_strangers(feed) == [f"{expected} Jana Weiß"]
    assert f"each begins at {at:%H:%M}" in feed.notices[0]


@pytest.mark.parametrize(
    "who",
    [
        "SUMMARY:Rufbereitschaft Gerd Maier (Woche 48)",
        "SUMMARY:MAIER\\, Gerd",
        "SUMMARY:On call\nDESCRIPTION:Primary: Gerd Maier\\nSecondary: see wiki",
        "SUMMARY:On call\nATTENDEE;CN=Gerd Maier:mailto:someone@contoso.com",
        "SUMMARY:On call\nATTENDEE:mailto:gerd.maier@contoso.com",
        "SUMMARY:On call\nATTENDEE:mailto:maier_gerd@contoso.com",
        "SUMMARY:On call\nATTENDEE:mailto:GM7@contoso.com",
        "SUMMARY:gm7@contoso.com",
        "SUMMARY:[L1] Geri",
        "SUMMARY:Hana Novák covers\nATTENDEE;CN=Gerd Maier:mailto:x@contoso.com\nATTENDEE:mailto:room@contoso.com",
    ],
)
def test_a_person_is_found_by_name_or_address(who: str) -> None:
    feed = from_ical(calendar(f"{who}\nDTSTART:20261102T080000Z\nDTEND:20261109T080000Z"), SPAN)

    assert rows_and_strangers(feed, **{"gm7@contoso.com": "Gerd Maier", "geri": "Gerd Maier"}) == [
        "2026-11-02T09:00 Gerd Maier"
    ]


def test_two_at_once_are_both_on_duty_a_stranger_is_named_and_cancelled_events_do_not_count() -> None:
    feed = from_ical(
        calendar(
            "SUMMARY:Gerd Maier\nDTSTART:20261102T080000Z\nDTEND:20261102T120000Z",
            "SUMMARY:Hana Novák\nDTSTART:20261102T100000Z\nDTEND:20261102T140000Z",
            "SUMMARY:Ivo Jurić\nSTATUS:CANCELLED\nDTSTART:20261102T080000Z\nDTEND:20261103T120000Z",
            "SUMMARY:Xaver Unbekannt\nDTSTART:20261102T140000Z\nDTEND:20261102T150000Z",
            "DTSTART:20261102T150000Z\nDTEND:20261102T160000Z",
            "SUMMARY:Ivo Jurić\nDTSTART:20261102T160000Z\nDTEND:20261102T160000Z",
            "SUMMARY:Ivo Jurić\nDTSTART:20260902T160000Z\nDTEND:20260902T170000Z",
        ),
        SPAN,
    )

    assert rows_and_strangers(feed) == [
        "2026-11-02T09:00 Gerd Maier",
        "2026-11-02T11:00 Gerd Maier, Hana Novák",
        "2026-11-02T13:00 Hana Novák",
        "? Xaver Unbekannt",
        "? an event without a title",
    ]


def test_a_handover_in_the_second_of_two_hours_keeps_its_offset() -> None:
    first = event("Ivo Jurić", "20261025T003000Z", "20261025T013000Z")
    second = event("Gerd Maier", "20261025T013000Z", "20261025T060000Z")

    feed = from_ical(calendar(first, second), SPAN)

    assert rows_and_strangers(feed) == ["2026-10-25T02:30 Ivo Jurić", "2026-10-25T02:30+01:00 Gerd Maier"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no iCalendar feed"),
        (b"BEGIN:VCALENDAR\r\n", "no iCalendar feed"),
        (b'{"error": "unauthorized"}', "no iCalendar feed"),
        (b"\r\n<!DOCTYPE html>\n<html>sign in</html>", "a web page"),
    ],
)
def test_what_is_no_feed_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(Unusable, match=says):
        from_ical(content, SPAN)


MONDAY = "SUMMARY:Gerd Maier\nDTSTART:20261102T080000Z"


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param("SUMMARY:Gerd Maier", id="no-begin"),
        pytest.param("SUMMARY:Gerd Maier\nDTSTART:2026-11-02 08:00\nDTEND:20261109T080000Z", id="begin"),
        pytest.param(f"{MONDAY}\nDTEND:soon", id="end"),
        pytest.param(f"{MONDAY}\nDTEND:99991231T235959Z", id="the-end-of-days"),
        pytest.param("SUMMARY:Gerd Maier\nDTSTART;VALUE=DATE:20261102\nDTEND:20261109T080000Z", id="a-day-and-a-time"),
        pytest.param(f"{MONDAY}\nDURATION:PT9H\nRRULE:FREQ=FORTNIGHTLY", id="rule"),
        pytest.param(f"{MONDAY}\nDURATION:PT9H\nRRULE:INTERVAL=2", id="rule-of-nothing"),
        pytest.param(f"{MONDAY}\nDURATION:PT9H\nRRULE:FREQ=WEEKLY;INTERVAL=0", id="rule-without-end"),
        pytest.param(f"{MONDAY}\nDURATION:PT9H\nRRULE:FREQ=SECONDLY", id="every-second"),
    ],
)
def test_an_event_that_cannot_be_read_is_named_and_the_others_count(broken: str) -> None:
    feed = from_ical(calendar(broken, "SUMMARY:Hana Novák\nDTSTART:20261109T080000Z\nDURATION:P7D"), SPAN)

    assert rows_and_strangers(feed) == ["2026-11-09T09:00 Hana Novák"]
    assert [one.partition(":")[0] for one in feed.unread] == ["event 'Gerd Maier'"]


@pytest.mark.parametrize("end", ["", "\nDTEND:20261102T080000Z", "\nDURATION:PT0S"])
def test_an_event_without_an_end_is_left_out_and_told(end: str) -> None:
    feed = from_ical(calendar(f"{MONDAY}{end}"), SPAN)

    assert feed.events == ()
    assert feed.notices[0].startswith("1 event without an end")


@pytest.mark.parametrize(
    ("attendees", "expected"),
    [
        (("ATTENDEE;CN=Gerd Maier:mailto:g@x.org", "ATTENDEE:mailto:hana.novak@x.org"), "Gerd Maier, Hana Novák"),
        (
            ("ATTENDEE;CN=Gerd Maier;PARTSTAT=DECLINED:mailto:g@x.org", "ATTENDEE;CN=Ivo Juric:mailto:i@x.org"),
            "Ivo Jurić",
        ),
        (("ATTENDEE;CN=Hana Novák;CUTYPE=ROOM:mailto:room@x.org", "SUMMARY:Gerd Maier"), "Gerd Maier"),
    ],
    ids=["all-of-them", "but-who-has-declined", "and-no-room"],
)
def test_attendees_are_on_duty_together(attendees: tuple[str, ...], expected: str) -> None:
    feed = from_ical(calendar("\n".join((*attendees, "DTSTART:20261102T080000Z", "DTEND:20261109T080000Z"))), SPAN)

    assert rows_and_strangers(feed) == [f"2026-11-02T09:00 {expected}"]


def test_one_time_of_a_series_may_be_moved_left_out_or_cancelled() -> None:
    vienna = "TZID=Europe/Vienna"
    weekly = event("Gerd Maier", "20261005T080000", "20261006T080000", "RRULE:FREQ=WEEKLY", zone="Europe/Vienna")
    moved = event("Hana Novák", "20261012T090000", "20261013T080000", zone="Europe/Vienna")
    gone = event("Gerd Maier", "20261026T080000", "20261027T080000", "STATUS:CANCELLED", zone="Europe/Vienna")
    feed = calendar(
        f"{weekly}\nEXDATE;{vienna}:20261019T080000",
        f"{moved}\nRECURRENCE-ID:20261012T060000Z",
        f"{gone}\nRECURRENCE-ID;{vienna}:20261026T080000",
    )
    to_november = Span(SPAN.begins, datetime(2026, 11, 2, tzinfo=UTC), VIENNA)

    assert rows_and_strangers(from_ical(re.sub(rb"UID:\d@x", b"UID:a", feed), to_november)) == [
        "2026-10-05T08:00 Gerd Maier",
        "2026-10-06T08:00 nobody",
        "2026-10-12T09:00 Hana Novák",
    ]


def test_events_apart_that_share_their_uid_all_count_in_their_newest_edition() -> None:
    old = event("Ivo Jurić", "20261101T080000Z", "20261101T090000Z", "SEQUENCE:1")
    first = event("Gerd Maier", "20261102T080000Z", "20261109T080000Z", "SEQUENCE:2")
    second = event("Hana Novák", "20261109T080000Z", "20261116T080000Z", "SEQUENCE:2")

    feed = from_ical(re.sub(rb"UID:\d@x", b"UID:a", calendar(old, first, second)), SPAN)

    assert rows_and_strangers(feed) == ["2026-11-02T09:00 Gerd Maier", "2026-11-09T09:00 Hana Novák"]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_a_feed_of_an_old_program_keeps_its_names(encoding: str) -> None:
    text = calendar("SUMMARY:Hana Novák\nDTSTART:20261102T080000Z\nDTEND:20261109T080000Z").decode()

    assert rows_and_strangers(from_ical(text.encode(encoding), SPAN)) == ["2026-11-02T09:00 Hana Novák"]


@pytest.mark.parametrize(
    ("head", "zone"), [("X-WR-TIMEZONE:Nowhere/Land\n", "Europe/Vienna"), ("", "/mozilla.org/2005/Europe/Vienna")]
)
def test_a_strange_name_of_a_zone_stops_nothing(head: str, zone: str) -> None:
    feed = from_ical(calendar(event("Gerd Maier", "20261102T080000", "20261109T080000", zone=zone), head=head), SPAN)

    assert rows_and_strangers(feed) == ["2026-11-02T08:00 Gerd Maier"]


_LINES = [
    "BEGIN:VEVENT",
    "END:VEVENT",
    "UID:a",
    "SEQUENCE:two",
    *(
        f"{name}:{value}"
        for name in ("DTSTART", "DTEND", "RECURRENCE-ID")
        for value in ("20261102T080000Z", "2026", "")
    ),
    "DTSTART;TZID=Europe:20261102T080000",
    "DTSTART;VALUE=DATE:20261102",
    "DURATION:P7D",
    "RRULE:FREQ=WEEKLY;COUNT=3",
    "RRULE:FREQ=2EEKLY",
    "RRULE:FREQ=WEEKLY;INTERVAL=0",
    "RDATE;VALUE=PERIOD:20261102T080000Z/P1D",
    "EXDATE:20261102",
    "ATTENDEE;CN=Gerd Maier:mailto:g@x.org",
    "SUMMARY:Gerd Maier",
    "BEGIN:VTIMEZONE",
]


@given(
    lines=st.lists(st.sampled_from(_LINES) | st.text(max_size=20), max_size=14), head=st.sampled_from(["", "Europe"])
)
def test_whatever_a_feed_holds_is_rows_or_a_message(lines: list[str], head: str) -> None:
    zone = f"X-WR-TIMEZONE:{head}\r\n" if head else ""
    body = "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"])

    with suppress(Unusable):
        feed = from_ical(f"BEGIN:VCALENDAR\r\n{zone}{body}\r\nEND:VCALENDAR\r\n".encode(errors="replace"), SPAN)
        rows_from(feed.events, "oncall", NAMES, VIENNA, {})


TARGETS = "PartitionKey,RowKey,Name\noncall,+43660000001,Gerd Maier\noncall,+43660000002,Hana Novák\n"
ROUTES = f"PartitionKey,RowKey,Ring,Empty,TimeZone\n{LINE},any,oncall,oncall,Europe/Vienna\n"
TWO = calendar(
    "SUMMARY:Gerd Maier\nDTSTART:20261102T070000Z\nDTEND:20261109T070000Z",
    "SUMMARY:Hana Novák\nDTSTART:20261109T070000Z\nDTEND:20261116T070000Z",
)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "targets.csv").write_text(TARGETS, encoding="utf-8")
    (tmp_path / "routes.csv").write_text(ROUTES, encoding="utf-8")
    (tmp_path / "oncall.ics").write_bytes(TWO)
    return Run(monkeypatch, capsys)


FILES = ("--tables", "targets.csv", "routes.csv", "--file", "shifts.csv")


def test_a_feed_becomes_a_file_by_the_clock_of_the_route(run: Run) -> None:
    made = run(shifts_from.main, "oncall.ics", "--list", "OnCall", "--from", "2026-11-01", *FILES)

    assert (made.returncode, made.stderr) == (0, "")
    rows = [one.row for one in csv_rows.read(Path("shifts.csv").read_text("utf-8-sig"))]
    assert [(row["PartitionKey"], row["RowKey"], row["Who"]) for row in rows] == [
        ("oncall", "2026-11-02T08:00", "Gerd Maier"),
        ("oncall", "2026-11-09T08:00", "Hana Novák"),
    ]


def test_a_stranger_stops_it_but_for_anyway(run: Run) -> None:
    Path("oncall.ics").write_bytes(TWO.replace("Hana Novák".encode(), b"Xaver"))
    words = ("oncall.ics", "--list", "oncall", "--from", "2026-11-01", *FILES)

    refused = run(shifts_from.main, *words)
    made = run(shifts_from.main, *words, "--anyway")

    assert (refused.returncode, made.returncode) == (1, 0)
    assert "left out: 'Xaver': nobody in list oncall is called so" in refused.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("none.ics", "--list", "oncall"), "No such file"),
        (("oncall.ics", "--list", "oncal"), "no such list"),
        (("oncall.ics", "--list", "oncall", "--from", "2030-01-01"), "nothing to write"),
        (("http://x.invalid/a.ics", "--list", "oncall"), "must begin with https://"),
        (("https://127.0.0.1:9/secret.ics", "--list", "oncall"), "does not answer"),
        (("P1", "--list", "oncall", "--pagerduty"), "set PAGERDUTY_TOKEN"),
        (("oncall.ics", "--list", "oncall", "--who", "gm7=Gerd Meier"), "did you mean Gerd Maier?"),
    ],
)
def test_what_cannot_be_read_is_refused_without_the_address(run: Run, words: tuple[str, ...], says: str) -> None:
    refused = run(shifts_from.main, *words, *FILES, PAGERDUTY_TOKEN="")

    assert (refused.returncode, says in refused.stderr) == (2, True)
    assert "secret" not in refused.stderr


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (("--zone", "Wien time"), "did you mean"),
        (("--who", "gm7"), "gm7@contoso.com=Gerd Maier"),
        (("--from", "soon"), "a time like 2026-11-30T08:00"),
        (("--days", "0"), "from 1 to"),
        (("--all-day-at", "morning"), "no time of day like 08:00"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(
    wrong: tuple[str, str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        shifts_from.main(["oncall.ics", "--list", "oncall", *wrong])

    assert says in " ".join(capsys.readouterr().err.split())


def test_a_broken_event_stops_it_but_for_anyway_and_a_begin_may_name_its_offset(run: Run) -> None:
    Path("oncall.ics").write_bytes(calendar("SUMMARY:Ivo Jurić", MONDAY + "\nDURATION:P7D"))
    words = ("oncall.ics", "--list", "oncall", "--from", "2026-11-08T23:00+01:00", "--all-day-at", "8:00", *FILES)

    refused = run(shifts_from.main, *words)
    made = run(shifts_from.main, *words, "--anyway")

    assert (refused.returncode, made.returncode) == (1, 0)
    assert "left out: event 'Ivo Jurić'" in refused.stderr


def test_pagerdutys_final_schedule_is_asked_for_with_the_key(run: Run) -> None:
    asked: list[tuple[str, str]] = []
    entries = [
        {"start": "2026-11-09T08:00:00+01:00", "end": "2026-11-16T08:00:00+01:00", "user": {"summary": "Hana Novák"}},
        {"start": "2026-11-02T08:00:00+01:00", "end": "2026-11-09T08:00:00+01:00", "user": {"summary": "Gerd Maier"}},
        {"start": "2026-10-02T08:00:00+01:00", "end": "2026-10-09T08:00:00+01:00", "user": {"summary": "Gerd Maier"}},
    ]

    def answer(exchange: Exchange) -> None:
        asked.append((exchange.path, exchange.head.decode().partition("uthorization: ")[2].partition("\r")[0]))
        body = json.dumps({"schedule": {"final_schedule": {"rendered_schedule_entries": entries}}})
        exchange.reply(200, body.encode() if "P1" in exchange.path else b"[]")

    with serving(answer) as server:
        words = ("--list", "oncall", "--from", "2026-11-01", "--pagerduty", "--pagerduty-url", server.url, *FILES)
        made = run(shifts_from.main, "P1", *words, PAGERDUTY_TOKEN="k")
        wrong = run(shifts_from.main, "P2", *words, PAGERDUTY_TOKEN="k")

    assert (made.returncode, wrong.returncode) == (0, 2)
    rows = [one.row["Who"] for one in csv_rows.read(Path("shifts.csv").read_text("utf-8-sig"))]
    assert rows == ["Gerd Maier", "Hana Novák"]
    assert asked[0][0].startswith("/schedules/P1?since=2026-09-30")
    assert asked[0][1] == "Token token=k"


@pytest.fixture(scope="module")
def account() -> Iterator[str]:
    with azurite() as server, TableServiceClient.from_connection_string(server.connection_string) as service:
        people = [
            target("+43660000001", "oncall", Name="Gerd Maier"),
            target("+43660000002", "oncall", Name="Hana Novák"),
        ]
        seed(service, "targets", people)
        seed(service, "routes", [route(LINE, Ring="oncall", Empty="oncall", TimeZone="Europe/Vienna")])
        seed(
            service,
            "shifts",
            [
                shift("oncall", "2026-10-26T08:00", "Hana Novák"),
                shift("OnCall", "4.11.2026 08:00", "Hana Novák"),
                shift("oncall", "2026-11-05T18:00", "Hana Novák", Until="2026-11-06"),
                shift("oncall", "2027-11-05T18:00", "Hana Novák"),
            ],
        )
        yield server.connection_string


def test_a_feed_takes_the_place_of_the_rota_in_its_days_and_leaves_swaps(run: Run, account: str) -> None:
    told: list[str] = []

    def ask(question: str) -> str:
        told.append(question)
        return "3"

    command = partial(shifts_from.main, ask=ask)
    made = run(command, "oncall.ics", "--list", "oncall", "--from", "2026-11-01", TABLES_CONNECTION_STRING=account)

    assert (made.returncode, made.stderr) == (0, "")
    assert "  - OnCall/4.11.2026 08:00   Who=Hana Novák" in made.stdout
    assert "2 new, 0 changed, 1 deleted" in made.stdout
    assert "Who rings differently" in made.stdout or "Nobody rings differently" in made.stdout
    assert told == ["Write this? Type 3 to go on: "]
    with TableServiceClient.from_connection_string(account) as service:
        keys = [row["RowKey"] for row in service.get_table_client("shifts").list_entities()]
    assert keys == [
        "2026-10-26T08:00",
        "2026-11-02T08:00",
        "2026-11-05T18:00",
        "2026-11-09T08:00",
        "2027-11-05T18:00",
    ]
