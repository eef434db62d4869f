"""Rows changed from files, at the command line, against a table server: shown first, and only where nobody else was."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from azure.data.tables import TableServiceClient, UpdateMode

from local.azurite import Azurite
from tests.support.commands import Ended, Run
from tests.support.stack import seed
from tests.support.tables import LINE, route, shift, target
from tools import backups, live_tables, tables

GERD, HANA, IVO = ("+43660000001", "+43660000002", "+43660000003")
TARGETS = [
    target(GERD, "oncall", Name="Gerd Maier", Order=10),
    target(HANA, "oncall", Name="Hana Novák"),
    target(IVO, "oncall", Name="Ivo Jurić"),
]
ROUTES = [route(LINE, Name="Support", Ring="oncall", Empty="oncall", TimeZone="Europe/Vienna")]
SHIFTS = [
    shift("oncall", "2020-01-06T08:00", "Gerd Maier", Note="ours"),
    shift("oncall", "2020-01-13T08:00", "Hana Novák"),
]

type Apply = Callable[..., Ended]


@pytest.fixture
def service(server: Azurite) -> Iterator[TableServiceClient]:
    with TableServiceClient.from_connection_string(server.connection_string) as service:
        for table in live_tables.TABLES:
            service.delete_table(table)
        for table, rows in (("targets", TARGETS), ("routes", ROUTES), ("shifts", SHIFTS)):
            seed(service, table, rows)
        yield service


@pytest.fixture
def apply(
    service: TableServiceClient,
    server: Azurite,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Apply:
    """Run `tables apply` over files of these texts, or another command where there is none; answer its question."""
    assert service is not None
    monkeypatch.chdir(tmp_path)

    def run(*words: str, says: str | Callable[[str], str] = "", command: str = "apply", **files: str) -> Ended:
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        paths = [f"{name}.csv" for name in files]
        asking = partial(tables.main, ask=says if callable(says) else partial(typed, says))
        return Run(monkeypatch, capsys)(
            asking, command, *paths, *words, TABLES_CONNECTION_STRING=server.connection_string
        )

    return run


def typed(text: str, question: str) -> str:
    """Answer as a person does, or as nobody does who is not there."""
    assert question.endswith("to go on: ")
    if not text:
        raise EOFError
    return text


def rows(service: TableServiceClient, table: str) -> dict[str, dict[str, Any]]:
    return {row["RowKey"]: dict(row) for row in service.get_table_client(table).list_entities()}


ROTA = """\
PartitionKey,RowKey,Who
oncall,2020-01-06T08:00,Gerd Maier
oncall,2020-01-13T08:00,Ivo Jurić
oncall,2020-01-20T08:00,Gerd Maier
"""


def test_it_shows_each_cell_and_who_rings_differently_and_asks(apply: Apply, service: TableServiceClient) -> None:
    shown = apply(shifts=ROTA, says="2\n")

    assert (shown.returncode, shown.stderr) == (0, "")
    lines = shown.stdout.splitlines()
    assert lines[:4] == [
        "shifts   3 rows in the file, 2 in the table",
        "  ~ oncall/2020-01-13T08:00   Who: Hana Novák -> Ivo Jurić",
        "  + oncall/2020-01-20T08:00   Who=Gerd Maier",
        "  1 new, 1 changed, 0 deleted, 1 as they are",
    ]
    assert re.search(r"  Support \(7629bdce\)  .* to .*  Hana Novák -> Gerd Maier", shown.stdout)
    assert "Gaps: none new." in lines
    kept = rows(service, "shifts")
    assert {key: row["Who"] for key, row in kept.items()} == {
        "2020-01-06T08:00": "Gerd Maier",
        "2020-01-13T08:00": "Ivo Jurić",
        "2020-01-20T08:00": "Gerd Maier",
    }
    assert kept["2020-01-06T08:00"]["Note"] == "ours"  # a column that the file has not


@pytest.mark.parametrize("says", ["", "yes\n", "3\n", "\n"])
def test_nothing_is_written_without_the_number(apply: Apply, service: TableServiceClient, says: str) -> None:
    shown = apply(shifts=ROTA, says=says)

    assert shown.returncode == 1
    assert "Nothing was written" in shown.stdout + shown.stderr
    assert len(rows(service, "shifts")) == 2
    assert not Path("backup").exists()


def test_a_dry_run_shows_it_and_writes_nothing(apply: Apply, service: TableServiceClient) -> None:
    shown = apply("--dry-run", shifts=ROTA)

    assert shown.returncode == 0
    assert "Nothing was written (--dry-run)." in shown.stdout
    assert len(rows(service, "shifts")) == 2


def test_an_empty_cell_empties_and_a_column_that_is_not_there_stays(apply: Apply, service: TableServiceClient) -> None:
    apply("--yes", targets=f"PartitionKey,RowKey,Order\noncall,{GERD},\noncall,{HANA},5\n")

    kept = rows(service, "targets")
    assert (kept[GERD].get("Order"), kept[GERD]["Name"]) == (None, "Gerd Maier")
    assert (str(kept[HANA]["Order"]), kept[HANA]["Name"]) == ("5", "Hana Novák")
    assert "Order" not in kept[IVO]


def test_what_reads_the_same_is_no_change_and_keeps_its_type(apply: Apply, service: TableServiceClient) -> None:
    same = apply("--yes", targets=f"PartitionKey,RowKey,Name,Order\noncall,{GERD},Gerd Maier,10\n")

    assert same.stdout.endswith("0 new, 0 changed, 0 deleted, 1 as they are\nNothing to write.\n")
    assert rows(service, "targets")[GERD]["Order"] == 10


def test_prune_deletes_only_in_the_lists_that_the_file_names(apply: Apply, service: TableServiceClient) -> None:
    seed(service, "targets", [target(GERD, "night"), target(HANA, "night")])
    seed(service, "shifts", [shift("night", "2020-01-06", GERD)])

    shown = apply("--prune", "--yes", shifts="PartitionKey,RowKey,Who\noncall,2020-01-13T08:00,Hana Novák\n")

    assert "  - oncall/2020-01-06T08:00   Who=Gerd Maier   Note=ours" in shown.stdout
    assert set(rows(service, "shifts")) == {"2020-01-13T08:00", "2020-01-06"}


def test_an_empty_file_prunes_nothing_and_a_list_is_emptied_by_name(apply: Apply, service: TableServiceClient) -> None:
    empty = "PartitionKey,RowKey,Who\n"

    refused = apply("--prune", "--yes", shifts=empty)
    misspelt = apply("--empty", "oncal", "--yes", shifts=empty)
    untouched = len(rows(service, "shifts"))
    emptied = apply("--empty", "oncall", "--yes", shifts=empty)

    assert (refused.returncode, misspelt.returncode, untouched) == (2, 2, 2)
    assert "--empty LIST" in refused.stderr
    assert emptied.returncode == 0
    assert rows(service, "shifts") == {}


def test_errors_are_shown_and_nothing_is_written_but_anyway(apply: Apply, service: TableServiceClient) -> None:
    wrong = "PartitionKey,RowKey,Who\noncall,2020-01-20T08:00,Gerd Miaer\n"

    refused = apply("--yes", shifts=wrong)
    assert (refused.returncode, len(rows(service, "shifts"))) == (1, 2)
    assert "shifts.csv line 2, row oncall/2020-01-20T08:00, column Who" in refused.stdout
    assert "did you mean Gerd Maier?" in refused.stdout
    assert apply("--yes", "--anyway", shifts=wrong).returncode == 0
    assert len(rows(service, "shifts")) == 3


def test_a_new_gap_is_told(apply: Apply) -> None:
    shown = apply("--dry-run", shifts="PartitionKey,RowKey,Who\noncall,2020-01-13T08:00,nobody\n")

    assert "New gaps, in which NOBODY RINGS:" in shown.stdout
    assert "the rota puts nobody on duty" in shown.stdout
    assert "Hana Novák -> NOBODY RINGS" in shown.stdout


def test_undo_takes_back_all_of_it(apply: Apply, service: TableServiceClient) -> None:
    def plain(table: str) -> list[dict[str, Any]]:
        return list(rows(service, table).values())

    before = plain("targets"), plain("shifts")
    files = {
        "shifts": "PartitionKey,RowKey,Who\noncall,2020-01-20T08:00,Ivo Jurić\n",
        "targets": f"PartitionKey,RowKey,Order\noncall,{GERD},7\n",
    }
    apply("--yes", "--prune", "--anyway", **files)
    changed = plain("targets"), plain("shifts")

    undone = apply("--yes", command="undo")
    again = apply("--yes", command="undo")

    assert changed != before
    assert (undone.returncode, undone.stderr) == (0, "")
    assert (plain("targets"), plain("shifts")) == before
    assert (again.returncode, "nothing to take back" in again.stderr) == (2, True)
    assert next(Path("backup").glob("*/targets.csv")).read_text(encoding="utf-8-sig").startswith("PartitionKey,RowKey,")


def test_undo_leaves_what_somebody_has_edited_since(apply: Apply, service: TableServiceClient) -> None:
    apply("--yes", shifts=ROTA)
    edited = {"PartitionKey": "oncall", "RowKey": "2020-01-13T08:00", "Who": "Hana Novák, Ivo Jurić"}
    service.get_table_client("shifts").upsert_entity(edited, mode=UpdateMode.MERGE)

    undone = apply("--yes", command="undo")

    assert undone.returncode == 1
    assert "left: shifts, row oncall/2020-01-13T08:00: somebody has edited it since" in undone.stderr
    assert {key: row["Who"] for key, row in rows(service, "shifts").items()} == {
        "2020-01-06T08:00": "Gerd Maier",
        "2020-01-13T08:00": "Hana Novák, Ivo Jurić",
    }


def test_whoever_stops_it_at_the_question_reads_that_nothing_was_written(
    apply: Apply, service: TableServiceClient, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(_: str) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply(shifts=ROTA, says=stopped)

    assert capsys.readouterr().out.endswith("\nNothing was written.\n")
    assert len(rows(service, "shifts")) == 2


def test_a_row_that_no_table_takes_leaves_the_others_whole(apply: Apply, service: TableServiceClient) -> None:
    shown = apply("--yes", "--anyway", shifts=f"{ROTA}oncall,27/01/2020,Ivo Jurić\noncall,2020-02-03,Gerd Maier\n")

    assert shown.returncode == 1
    assert "left: shifts, row oncall/27/01/2020: the service refuses it (400)" in shown.stderr
    assert rows(service, "shifts").keys() > {"2020-01-20T08:00", "2020-02-03"}
    assert apply("--yes", command="undo").returncode == 0
    assert len(rows(service, "shifts")) == 2


def test_blanks_around_a_key_make_no_other_row(apply: Apply) -> None:
    shown = apply(shifts="PartitionKey,RowKey,Who\n oncall ,2020-01-06T08:00 ,Gerd Maier\n")

    assert "0 new, 0 changed, 0 deleted, 1 as they are" in shown.stdout


def test_a_row_whose_keys_are_written_otherwise_is_that_row(apply: Apply, service: TableServiceClient) -> None:
    """A spreadsheet writes times its own way, and a new row beside the old one would be ignored."""
    header = "PartitionKey,RowKey,Who,Until\n"
    edited = "OnCall,13.01.2020 08:00,Ivo Jurić,\nOnCall,13.01.2020 08:00:00,Gerd Maier,2020-01-14\n"

    shown = apply("--yes", "--prune", shifts=f"{header}{edited}")

    assert "1 new, 1 changed, 1 deleted" in shown.stdout
    kept = {key: row["Who"] for key, row in rows(service, "shifts").items()}
    assert kept == {"2020-01-13T08:00": "Ivo Jurić", "13.01.2020 08:00:00": "Gerd Maier"}
    assert "Nothing to write." in apply(shifts=f"{header}{edited}").stdout
    assert "Nothing to write." in apply(targets=f"PartitionKey,RowKey\nONCALL,{GERD}\n").stdout


def test_two_backups_of_one_second_are_two(tmp_path: Path) -> None:
    now = datetime(2026, 11, 28, 14, 5, 12, tzinfo=UTC)

    assert [backups.save(tmp_path, {}, [], now).name for _ in range(2)] == ["2026-11-28T140512", "2026-11-28T140512-a"]


def test_undo_asks_and_refuses_what_is_no_backup(apply: Apply, service: TableServiceClient, tmp_path: Path) -> None:
    apply("--yes", shifts=ROTA)
    (tmp_path / "backup" / "else").mkdir()
    (tmp_path / "backup" / "else" / "written.json").write_text('[{"table": "x"}]')

    assert apply(command="undo", says="no\n").returncode == 2  # the newest is none
    assert apply(str(next(tmp_path.glob("backup/2*"))), command="undo", says="no\n").returncode == 1
    assert len(rows(service, "shifts")) == 3


def test_a_row_that_somebody_edits_meanwhile_is_left_and_named(apply: Apply, service: TableServiceClient) -> None:
    edited = {"PartitionKey": "oncall", "RowKey": "2020-01-13T08:00", "Who": "Hana Novák", "Note": "mine"}

    def while_asked(question: str) -> str:
        assert question.startswith("Write this?")
        service.get_table_client("shifts").upsert_entity(edited, mode=UpdateMode.MERGE)
        return "2"

    shown = apply(shifts=ROTA, says=while_asked)
    kept = rows(service, "shifts")

    assert shown.returncode == 1
    assert "left: shifts, row oncall/2020-01-13T08:00: somebody edited it meanwhile" in shown.stderr
    assert "1 rows written, 1 left" in shown.stdout
    assert (kept["2020-01-13T08:00"]["Who"], kept["2020-01-20T08:00"]["Who"]) == ("Hana Novák", "Gerd Maier")
    assert apply("--yes", command="undo").returncode == 0
    assert set(rows(service, "shifts")) == {"2020-01-06T08:00", "2020-01-13T08:00"}
