"""A day is played, and every figure of its report is what the records hold, counted here once more."""

import csv
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from azure.data.tables import TableServiceClient

from local.azurite import azurite
from shared.core.loggable import loggable
from shared.core.record.classes import class_of
from shared.core.record.record import Outcome, Record
from tests.infra.played import LINE_NAMES, PEOPLE, Played
from tests.support.stack import seed
from tests.tools.report.played_day import DAY, ZONE, played_day, rows_of, write_files
from tools.report.__main__ import main
from tools.report.source import from_service

_ARGUMENTS = ["--day", DAY.isoformat(), "--zone", ZONE]
_WALL = ZoneInfo(ZONE)


@pytest.fixture(scope="module")
def played() -> Played:
    return played_day()


@pytest.fixture(scope="module")
def files(played: Played, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return write_files(played.calls, tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def made(files: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    assert main([*files, *_ARGUMENTS, "--csv", str(folder), "--output", str(folder / "page.html")]) == 0
    return folder


def table(folder: Path, name: str, day: str = DAY.isoformat()) -> list[dict[str, str]]:
    with (folder / f"report-{day}-{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_each_line_has_its_calls_by_class_and_its_redirect_times(played: Played, made: Path) -> None:
    shown = {row["Line"]: row for row in table(made, "lines")}

    expected = {
        _line(line): _counts(calls) | _times(calls) for line, calls in _by(played.calls, lambda one: one.called)
    }
    expected["All lines"] = _counts(played.calls) | _times(played.calls)
    assert {line: {name: row[name] for name in row if name != "Line"} for line, row in shown.items()} == expected
    for row in shown.values():
        classes = ("Answered", "Gave up", "Missed", "Turned away", "Unclear")
        assert sum(int(row[one]) for one in classes) == int(row["Calls"])


def test_hours_are_those_on_the_wall_of_the_line(played: Played, made: Path) -> None:
    shown = {(row["Weekday"], int(row["Hour"])): row for row in table(made, "hours")}

    known = [one for one in played.calls if _class(one) in {"answered", "gave up", "missed"}]
    for hour, calls in _by(known, lambda one: _came(one).astimezone(_WALL).hour):
        row = shown.pop(("Monday", hour))
        lost = sum(_class(one) != "answered" for one in calls)
        assert (int(row["Calls meant to ring"]), int(row["Reached nobody"])) == (len(calls), lost)
    assert shown == {}


def test_a_line_without_a_route_of_its_own_has_the_wall_of_any_line(tmp_path: Path) -> None:
    calls, routes = tmp_path / "calls.csv", tmp_path / "routes.csv"
    calls.write_text("PartitionKey,RowKey,ReceivedAt,Outcome,Caller\n2026-11-23,a,2026-11-23T23:30:00Z,busy,+431\n")
    routes.write_text(
        "PartitionKey,RowKey,TimeZone\nany,any,Europe/Vienna\nany,+43,Asia/Tokyo\n5a1e5000-0000-4000-8000-000000000001,"
        "any,America/New_York\n"
    )

    day = "2026-11-24"
    arguments = [f"{calls}", f"{routes}", "--day", day, "--csv", f"{tmp_path}"]
    assert main([*arguments, "--output", f"{tmp_path / 'page.html'}"]) == 0

    (hour,), (caller,) = table(tmp_path, "hours", day), table(tmp_path, "callers", day)
    assert (hour["Weekday"], hour["Hour"], caller["First"]) == ("Tuesday", "0", "2026-11-24 00:30")


def test_each_day_has_its_calls(played: Played, made: Path) -> None:
    (shown,) = table(made, "days")

    assert shown == {"Day": f"Mon {DAY}"} | _counts(played.calls)


def test_every_outcome_is_counted_in_its_class(played: Played, made: Path) -> None:
    shown = {(row["Class"], row["Outcome"]): int(row["Calls"]) for row in table(made, "outcomes")}

    assert shown == Counter((_class(one).capitalize(), one.outcome or "none yet") for one in played.calls)


def test_redirect_times_add_up_to_the_calls_that_were_redirected(played: Played, made: Path) -> None:
    shown = {row["From the call to Graph's answer"]: int(row["Calls"]) for row in table(made, "redirect-times")}

    taken = _redirect_ms(played.calls)
    assert sum(shown.values()) == len(taken)
    assert shown["up to 1 s"] == sum(500 < ms <= 1000 for ms in taken)
    assert shown["over 15 s"] == 0


def test_who_rang_is_shown_with_what_they_were_offered_and_what_they_answered(played: Played, made: Path) -> None:
    shown = {row["Who rang"]: row for row in table(made, "targets")}

    offered: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    by_somebody: Counter[str] = Counter()
    for one in filter(_is_redirected, played.calls):
        rung = [PEOPLE.get(who, loggable("caller", who)) for who in (one.rung or "").split()]
        offered.update(rung)
        if one.outcome is Outcome.ANSWERED:
            by = PEOPLE.get(one.answered_by or "")
            by = by if by in rung else rung[0] if len(rung) == 1 else None
            (answered if by else by_somebody).update([by] if by else rung)
    assert {name: int(row["Offered"]) for name, row in shown.items()} == offered
    assert {name: int(row["Answered"]) for name, row in shown.items()} == {one: answered[one] for one in offered}
    column = "Answered, Microsoft did not say by whom"
    assert {name: int(row[column]) for name, row in shown.items()} == {one: by_somebody[one] for one in offered}


def test_states_of_the_tables_are_shown_with_their_calls(played: Played, made: Path) -> None:
    shown = {row["Directory"]: int(row["Calls"]) for row in table(made, "directories")}

    assert shown == Counter(one.directory for one in played.calls if one.directory)


def _never_reached(calls: Iterable[Record]) -> dict[str, int]:
    found = {}
    for caller, theirs in _by((one for one in calls if one.caller), lambda one: one.caller):
        classes = Counter(_class(one) for one in theirs)
        tries = classes["gave up"] + classes["missed"]
        if tries and not classes["answered"] and not classes["unclear"]:
            found[caller] = tries
    return found


@pytest.mark.parametrize("numbers", ["full", "masked", "none"])
def test_callers_who_never_got_through_are_shown_as_far_as_is_asked(
    played: Played, files: list[str], tmp_path: Path, numbers: str
) -> None:
    output = tmp_path / "page.html"
    main([*files, *_ARGUMENTS, "--numbers", numbers, "--csv", str(tmp_path), "--output", str(output)])

    expected = _never_reached(played.calls)
    shown = table(tmp_path, "callers")
    assert [int(row["Tries"]) for row in shown] == sorted(expected.values(), reverse=True)[:50]
    written = "".join(file.read_text(encoding="utf-8") for file in tmp_path.iterdir())
    if numbers == "full":
        assert {row["Caller"]: int(row["Tries"]) for row in shown}.items() <= expected.items()
        assert f"{len(expected)} callers tried and reached nobody" in written
    else:
        assert not re.search(r"\+\d{4}", written)
    if numbers == "none":
        assert [row["Caller"] for row in shown] == [f"caller {place}" for place in range(1, len(shown) + 1)]


def test_the_page_says_it_in_one_sentence_and_loads_nothing(played: Played, made: Path) -> None:
    html = (made / "page.html").read_text(encoding="utf-8")

    classes = Counter(_class(one) for one in played.calls)
    lost = classes["gave up"] + classes["missed"]
    known = lost + classes["answered"]
    assert f"<h1>{lost} of {known} calls reached nobody: {round(100 * lost / known, 1)} %.</h1>" in html
    assert html.count(f"Times are in {ZONE}.") == 4  # two captions, and what a screen reader says of their tables
    assert not re.search(r"<script|src=|url\(|@import|<link", html)
    assert len(html) < 60_000


def test_of_the_live_tables_it_is_the_same(
    played: Played, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with azurite() as server, TableServiceClient.from_connection_string(server.connection_string) as tables:
        seed(tables, "calls", rows_of(played.calls))
        seed(
            tables, "routes", [{"PartitionKey": one, "RowKey": "any", "Name": name} for one, name in LINE_NAMES.items()]
        )
        seed(tables, "targets", [{"PartitionKey": "x", "RowKey": who, "Name": name} for who, name in PEOPLE.items()])
        monkeypatch.setenv("TABLES_CONNECTION_STRING", server.connection_string)
        assert main([*_ARGUMENTS, "--csv", str(tmp_path), "--output", str(tmp_path / "page.html")]) == 0
        days = date(2025, 1, 1), date(2025, 1, 2)
        keys = zip(days, ("c0001000-1000-4000-8000-000000000000", "by-hand"), strict=True)
        seed(tables, "calls", [{"PartitionKey": day.isoformat(), "RowKey": key} for day, key in keys])
        assert [page.part for page in from_service(tables, days)] == [0.375, 0.5]  # how far the bar has come

    for name in ("lines", "days", "hours", "outcomes", "redirect-times", "targets", "callers", "directories"):
        assert table(tmp_path, name) == table(made, name)


def test_a_span_without_calls_is_a_page_too_and_it_is_said_that_there_are_others(
    played: Played, files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "page.html"

    assert main([*files, "--week", "2025-W01", "--output", str(output)]) == 0
    assert "<h1>No calls.</h1>" in output.read_text(encoding="utf-8")
    assert f"{len(played.calls)} calls are of other days" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--week", "2026-48"], id="no-week"),
        pytest.param(["--day", "today"], id="no-day"),
        pytest.param(["--from", "2026-11-23", "--to", "2026-11-22"], id="backwards"),
        pytest.param(["--day", f"{DAY}", "--output", "/nowhere/at/all.html"], id="no-folder"),
        pytest.param(["missing-calls.csv"], id="no-file"),
        pytest.param(["--day", f"{DAY}", "--output", "/dev/full"], id="no-room"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    files: list[str], arguments: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*files, *arguments]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert "None" not in said


def _counts(calls: Iterable[Record]) -> dict[str, str]:
    calls = list(calls)
    classes = Counter(_class(one) for one in calls)
    lost = classes["gave up"] + classes["missed"]
    known = lost + classes["answered"]
    return {
        "Calls": str(len(calls)),
        **{one.capitalize(): str(classes[one]) for one in ("answered", "gave up", "missed", "turned away", "unclear")},
        "Unanswered %": str(round(100 * lost / known, 1)) if known else "",
    }


def _times(calls: Iterable[Record]) -> dict[str, str]:
    taken = sorted(_redirect_ms(calls))
    return {
        f"Redirect p{share} ms": str(taken[math.ceil(share / 100 * len(taken)) - 1]) if taken else ""
        for share in (50, 95, 99)
    }


def _redirect_ms(calls: Iterable[Record]) -> list[int]:
    return [one.redirect_ms or 0 for one in calls if _is_redirected(one)]


def _is_redirected(one: Record) -> bool:
    return one.rung is not None


def _line(line: str | None) -> str:
    name = LINE_NAMES.get(line or "")
    return f"{name} ({(line or '')[:8]})" if name else (line or "")[:8] or "unknown line"


def _came(one: Record) -> Any:
    return one.received_at or one.ended_at


def _by(calls: Iterable[Record], key: Callable[[Record], Any]) -> Iterator[tuple[Any, list[Record]]]:
    found: dict[Any, list[Record]] = {}
    for one in calls:
        found.setdefault(key(one), []).append(one)
    return iter(found.items())


def _class(one: Record) -> str:
    return class_of(one.outcome)
