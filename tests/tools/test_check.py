"""CSV files checked before they are imported, at the command line."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from local.processes import PROJECT
from tests.support.commands import Run
from tests.support.tables import ANNA, LINE
from tools import check, who

GOOD = f"""\
PartitionKey,RowKey,Name,Name@type,Order,Order@type,Enabled,Enabled@type
default,{ANNA},Anna Berg,String,10,Int32,true,Boolean
sales,+12345678901,007,String,,,,
"""
BAD = f"""\
PartitionKey,RowKey,Name
default,{ANNA},Anna
default,0664123456,"Cy
the second"
default,{ANNA},again
a/b,+12345678901,Bo
"""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(monkeypatch, capsys)


@pytest.fixture
def targets(tmp_path: Path) -> Path:
    return written(tmp_path, "targets.csv", GOOD)


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_a_good_file_is_said_to_be_good(targets: Path, run: Run) -> None:
    checked = run(check.main, targets)

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "2 rows: 0 errors, 0 warnings.\n", "")


def test_the_seeds_of_the_demo_are_good(run: Run) -> None:
    checked = run(check.main, *sorted((PROJECT / "local/seed").glob("*.csv")))

    assert checked.returncode == 0, checked.stdout
    assert "0 errors" in checked.stdout


def test_each_mistake_is_named_with_its_line_row_and_column(tmp_path: Path, run: Run) -> None:
    checked = run(check.main, written(tmp_path, "targets.csv", BAD))

    assert checked.returncode == 1
    assert "error   targets.csv line 3, row default/0664123456, column RowKey: a phone number" in checked.stdout
    assert (
        f"line 2, row default/{ANNA}, column RowKey: the same row comes again in targets.csv line 5" in checked.stdout
    )
    assert "column PartitionKey: a key must not hold '/'" in checked.stdout


@pytest.mark.parametrize(
    ("key", "says"),
    [("+49#1", "must not hold '#'"), ("", "must not be empty"), ("x" * 513, "longer than 512"), ("a\tb", r"'\t'")],
)
def test_a_key_that_no_table_takes_is_found(tmp_path: Path, key: str, says: str, run: Run) -> None:
    checked = run(check.main, written(tmp_path, "targets.csv", f'PartitionKey,RowKey\ndefault,"{key}"\n'))

    assert (checked.returncode, says in checked.stdout) == (1, True), checked.stdout


def test_a_list_that_only_the_other_table_knows_is_no_mistake(tmp_path: Path, run: Run) -> None:
    routes = written(tmp_path, "my-routes.csv", f"PartitionKey,RowKey,Ring,Empty\n{LINE},any,sales,night\n")
    both = run(check.main, routes, written(tmp_path, "targets.csv", GOOD))

    alone = run(check.main, routes)

    assert (alone.returncode, alone.stdout) == (0, "1 rows: 0 errors, 0 warnings.\n")
    assert both.returncode == 1
    assert "no such list: 'night'" in both.stdout


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("people.csv", GOOD, "name it after its table"),
        ("targets.csv", "Name\nAnna\n", "no column PartitionKey"),
        ("targets.csv", "PartitionKey,RowKey,A,A@type\na,b,x,Colour\n", "line 2, column A: no such type"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str, text: str, says: str, run: Run) -> None:
    checked = run(check.main, written(tmp_path, name, text))

    assert (checked.returncode, says in checked.stderr) == (2, True)


def test_a_file_as_windows_saves_it_is_read_and_said_to_be(tmp_path: Path, run: Run) -> None:
    other = "Zo\u00eb\u2019s \u201cmobile\u201d \u2013 new"
    text = f"PartitionKey,RowKey,Name\ndefault,+12345678901,Jürgen Groß\nnight,+12345678902,{other}\n"
    (tmp_path / "targets.csv").write_bytes(text.encode("cp1252"))

    checked = run(check.main, tmp_path / "targets.csv")

    assert (checked.returncode, "0 errors" in checked.stdout) == (0, True)
    assert "targets.csv: line 2 is not UTF-8, and was read as Windows has it (cp1252): " in checked.stderr
    assert "Jürgen Groß" in checked.stderr
    assert "--encoding" in checked.stderr


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        pytest.param("Jürgen", "cp850", id="ms-dos"),
        pytest.param("Jürgen Müller", "mac_roman", id="macintosh"),
        pytest.param("Łukasz", "cp1250", id="central-europe"),
        pytest.param("Bjørn Ågård", "mac_roman", id="macintosh-in-the-north"),
    ],
)
def test_a_file_of_another_code_page_is_not_guessed_and_shows_each_reading(
    name: str, encoding: str, tmp_path: Path, run: Run
) -> None:
    (tmp_path / "targets.csv").write_bytes(f"PartitionKey,RowKey,Name\ndefault,+12345678901,{name}\n".encode(encoding))

    refused = run(check.main, tmp_path / "targets.csv")
    taken = run(check.main, tmp_path / "targets.csv", "--encoding", encoding)

    assert refused.returncode == 2
    assert "targets.csv: line 2: not UTF-8; save the file as CSV UTF-8" in refused.stderr
    assert f"--encoding {encoding:<10} default,+12345678901,{name}" in refused.stderr
    assert (taken.returncode, taken.stderr) == (0, "")


def test_an_encoding_that_does_not_fit_names_the_byte_and_its_line(tmp_path: Path, run: Run) -> None:
    (tmp_path / "targets.csv").write_bytes(b"PartitionKey,RowKey,Name\rdefault,+12345678901,J\xfcrgen\r")

    refused = run(check.main, tmp_path / "targets.csv", "--encoding", "utf-8")

    assert refused.returncode == 2
    assert "line 2: 0xfc is no character of utf-8" in refused.stderr


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_file_in_any_unicode_is_read(encoding: str, separator: str, tmp_path: Path, run: Run) -> None:
    (tmp_path / "targets.csv").write_text(GOOD.replace(",", separator), encoding=encoding)

    checked = run(check.main, tmp_path / "targets.csv")

    assert (checked.returncode, checked.stderr) == (0, "")


def test_zeros_in_what_is_no_utf_16_are_refused(tmp_path: Path, run: Run) -> None:
    (tmp_path / "targets.csv").write_bytes(GOOD.encode().replace(b"Anna", b"A\0na"))

    refused = run(check.main, tmp_path / "targets.csv")

    assert (refused.returncode, "line 1: neither UTF-8 nor UTF-16" in refused.stderr) == (2, True)


def test_a_list_in_capitals_still_has_its_line(tmp_path: Path, run: Run) -> None:
    checked = run(
        check.main, written(tmp_path, "targets.csv", f"PartitionKey,RowKey\nSales,{ANNA}\nSales,{ANNA.upper()}\n")
    )

    assert "warning targets.csv line 2, row sales/" in checked.stdout


def test_what_is_wrong_with_a_whole_list_has_the_line_of_its_first_row(tmp_path: Path, run: Run) -> None:
    rows = f"default,{ANNA},\nSales,{ANNA},false\nSales,+12345678901,false\n"

    checked = run(check.main, written(tmp_path, "targets.csv", f"PartitionKey,RowKey,Enabled\n{rows}"))

    assert "error   targets.csv line 3, row sales, column Enabled: nobody in this list" in checked.stdout


def test_rows_that_differ_in_letter_case_alone_keep_their_lines(tmp_path: Path, run: Run) -> None:
    rows = f"Sales,{ANNA},\nsales,{ANNA},soon\n"

    checked = run(check.main, written(tmp_path, "targets.csv", f"PartitionKey,RowKey,Order\n{rows}"))

    assert f"targets.csv line 3, row sales/{ANNA}, column Order" in checked.stdout


def test_a_mistake_is_named_with_the_file_that_it_is_in(tmp_path: Path, run: Run) -> None:
    checked = run(
        check.main,
        written(tmp_path, "targets-new.csv", f"PartitionKey,RowKey\ndefault,{ANNA}\n"),
        written(tmp_path, "targets-old.csv", f"PartitionKey,RowKey\ndefault,0664123456\ndefault,{ANNA}\n"),
    )

    assert "error   targets-old.csv line 2, row default/0664123456, column RowKey" in checked.stdout
    assert "targets-new.csv line 2, row default/" in checked.stdout
    assert "the same row comes again in targets-old.csv line 3, and the last one counts" in checked.stdout


SHIFT = "PartitionKey,RowKey,Who\nsales,2026-12-01T08:00,Bo\n"
AWAY = "PartitionKey,RowKey,Until\nAnna,2026-12-21,2026-12-24\nSales line,2026-12-24,2026-12-24\n"
PEOPLE = f"PartitionKey,RowKey,Name\nsales,{ANNA},Anna\nsales,+12345678901,Bo\n"
NAMED = f"PartitionKey,RowKey,Ring,Closed,Hours,Name\n{LINE},any,sales,reject,Mo-Fr 08:00-17:00,Sales line\n"


@pytest.mark.parametrize(("name", "text"), [("shifts.csv", SHIFT), ("away.csv", AWAY)])
def test_rows_that_lean_on_other_tables_are_checked_alone_or_together_with_them(
    name: str, text: str, tmp_path: Path, run: Run
) -> None:
    alone = run(check.main, written(tmp_path, name, text))
    others = written(tmp_path, "targets.csv", PEOPLE), written(tmp_path, "routes.csv", NAMED)
    together = run(check.main, tmp_path / name, *others)

    assert (alone.returncode, alone.stderr) == (0, "")
    assert together.returncode == 0, together.stdout


def test_a_row_without_a_cell_for_its_key_is_an_error_like_any(tmp_path: Path, run: Run) -> None:
    checked = run(check.main, written(tmp_path, "targets.csv", "PartitionKey,RowKey\ndefault\n"))

    assert checked.returncode == 1
    assert "line 2, row default/, column RowKey: a key must not be empty" in checked.stdout


def test_the_keys_may_be_in_any_letter_case(tmp_path: Path, run: Run) -> None:
    checked = run(check.main, written(tmp_path, "targets.csv", f"partitionkey,ROWKEY\ndefault,{ANNA}\n"))

    assert checked.returncode == 0, checked.stdout + checked.stderr


UNTYPED = (
    f"PartitionKey,RowKey,Order,Order@type\ndefault,{ANNA},ten,Int32\ndefault,0664123456,1,\nnight,+12345678902,2,\n"
)


def test_a_cell_that_is_not_of_its_type_hides_no_other_mistake(tmp_path: Path, run: Run) -> None:
    file = written(tmp_path, "targets.csv", UNTYPED)

    checked = run(check.main, file)
    told = run(who.main, file)

    assert checked.returncode == 1
    assert f"line 2, row default/{ANNA}, column Order: 'ten' is no Int32: write a whole number" in checked.stdout
    assert "line 3, row default/0664123456, column RowKey: a phone number" in checked.stdout
    assert "column Order: 'ten' is no Int32: write a whole number of at most 2147483647; taken as text" in told.stderr
    assert f"rings      {ANNA}" in told.stdout


def test_a_file_that_is_not_there_is_refused_without_a_traceback(tmp_path: Path) -> None:
    checked = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "tools.check", tmp_path / "targets.csv"],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert (checked.returncode, checked.stdout) == (2, "")
    assert "Traceback" not in checked.stderr


def test_names_in_a_rota_alone_are_nobodys_mistake_but_the_rest_of_it_is_checked(tmp_path: Path, run: Run) -> None:
    rota = 'PartitionKey,RowKey,Who,Until\noncall,2026-11-30T08:00,"Anna Berg, Bo",\noncall,Monday,Anna Berg,\n'
    away = (
        "PartitionKey,RowKey,Until\nAnna Berg,2026-12-21,2027-01-03\nSupport,2026-12-21,soon\nany,2026-12-21,2026-12-22"
    )
    files = [written(tmp_path, "shifts.csv", rota), written(tmp_path, "away.csv", away)]

    alone = run(check.main, *files)
    beside = run(check.main, *files, written(tmp_path, "targets.csv", f"PartitionKey,RowKey\noncall,{ANNA}\n"))

    assert re.findall(r"error   (.*), column (\w+)", alone.stdout) == [
        ("shifts.csv line 3, row oncall/Monday", "RowKey"),
        ("away.csv line 3, row Support/2026-12-21", "Until"),
    ]
    assert "nobody in list 'oncall' is called 'Anna Berg'" in beside.stdout
    assert "column PartitionKey" not in beside.stdout
