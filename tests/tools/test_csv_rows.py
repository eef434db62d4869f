"""A table as Storage Explorer's CSV: what is written is read back, types and all."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from azure.data.tables import EdmType, EntityProperty
from hypothesis import given
from hypothesis import strategies as st

from tools import csv_rows
from tools.csv_rows import UnreadableCsv

KEYS = {"PartitionKey": "default", "RowKey": "+12345678901"}
VALUES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    st.booleans(),
    st.integers(-(2**31), 2**31 - 1),
    st.integers(-(2**63), 2**63 - 1).map(lambda number: EntityProperty(number, EdmType.INT64)),
    st.floats(allow_nan=False),
    st.datetimes(min_value=datetime(1601, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    st.uuids(),
    st.binary(min_size=1),
)
COLUMNS = st.sampled_from(["Name", "Enabled", "Order", "Hours", "Note"])


def read(text: str) -> list[dict[str, Any]]:
    return [dict(placed.row) for placed in csv_rows.read(text)]


@given(st.lists(st.dictionaries(COLUMNS, VALUES)), st.sampled_from([*csv_rows.SEPARATORS.values()]))
def test_rows_of_every_type_come_back_as_they_were(columns: list[dict[str, Any]], separator: str) -> None:
    rows = [KEYS | {"RowKey": str(number)} | row for number, row in enumerate(columns)]

    again = read(csv_rows.write(rows, separator, types=True))

    assert again == rows
    assert [types(row) for row in again] == [types(row) for row in rows]


def types(row: dict[str, Any]) -> dict[str, type]:
    return {name: type(value) for name, value in row.items()}


@pytest.mark.parametrize(
    ("cell", "kind", "value"),
    [
        ("true", "Boolean", True),
        ("TRUE", "Boolean", True),
        ("WAHR", "Boolean", True),
        ("FAUX", "Boolean", False),
        ("20", "Int32", 20),
        ("20", "Int64", EntityProperty(20, EdmType.INT64)),
        ("1.5", "Double", 1.5),
        ("007", "String", "007"),
        ("+491234567", "String", "+491234567"),
        ("+491234567", "", "+491234567"),
        ("2026-12-24T08:00:00Z", "DateTime", datetime(2026, 12, 24, 8, tzinfo=UTC)),
        ("98da8a1a-1b87-452c-a713-65d3f10b1253", "Edm.Guid", uuid.UUID("98da8a1a-1b87-452c-a713-65d3f10b1253")),
        ("aGFsbG8=", "Binary", b"hallo"),
        ("", "String", ""),
    ],
)
def test_a_cell_is_of_the_type_beside_it(cell: str, kind: str, value: object) -> None:
    (row,) = read(f"PartitionKey,RowKey,Name,Name@type\ndefault,1,{cell},{kind}\n")

    assert row["Name"] == value
    assert type(row["Name"]) is type(value)


def test_types_in_the_first_row_alone_count_for_all() -> None:
    rows = read("PartitionKey,RowKey,Order,Order@type,Name,Name@type\na,1,7,Int32,,\na,2,8,,007,\n")

    assert rows == [
        {"PartitionKey": "a", "RowKey": "1", "Order": 7},
        {"PartitionKey": "a", "RowKey": "2", "Order": 8, "Name": "007"},
    ]


def test_an_empty_cell_is_text_only_where_it_says_so() -> None:
    rows = read("PartitionKey,RowKey,Order,Order@type,Name,Name@type\na,1,,Int32,,String\n")

    assert rows == [{"PartitionKey": "a", "RowKey": "1", "Name": ""}]


def test_what_spreadsheets_do_to_a_file_is_forgiven() -> None:
    text = '\ufeffPartitionKey;RowKey;Timestamp;Name;Name@type\r\ndefault;+431;2026-01-01;"A; B";String\r\n;;;;\r\n'

    assert read(text) == [{"PartitionKey": "default", "RowKey": "+431", "Name": "A; B"}]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("PartitionKey,RowKey,Name\ndefault,+431,Anna\n", id="plain"),
        pytest.param("sep=;\r\nPartitionKey;RowKey;Name\r\ndefault;+431;Anna\r\n", id="sep"),
        pytest.param("\ufeffsep=;\nPartitionKey;RowKey;Name\ndefault;+431;Anna\n", id="sep-after-a-mark"),
        pytest.param('"sep=;",,\nPartitionKey,RowKey,Name\ndefault,+431,Anna\n', id="sep-as-a-cell"),
        pytest.param("sep=\t\nPartitionKey\tRowKey\tName\ndefault\t+431\tAnna\n", id="sep-of-tabs"),
        pytest.param("Table 1\n\nPartitionKey,RowKey,Name\ndefault,+431,Anna\n", id="a-title-as-numbers-writes-it"),
        pytest.param("PartitionKey;RowKey;Name\rdefault;+431;Anna\r", id="line-ends-of-a-mac"),
        pytest.param("PartitionKey,RowKey,Name,,\ndefault,+431,Anna,,\n,,,,\n", id="empty-columns-behind"),
        pytest.param("PartitionKey,RowKey,Name\ndefault,+431,Anna,,,\n", id="empty-cells-behind"),
        pytest.param("PartitionKey,RowKey,,Name\ndefault,+431,,Anna\n", id="an-empty-column-between"),
        pytest.param("PartitionKey,RowKey,Name;\ndefault,+431,Anna\n", id="a-semicolon-behind-the-columns"),
        pytest.param('"PartitionKey";"RowKey";"Name"\n"default";"+431";"Anna"\n', id="quotes-around-all"),
        pytest.param('"PartitionKey,RowKey,Name"\n"default,+431,Anna"\n', id="all-in-one-column"),
        pytest.param("\u200bPartitionKey , RowKey\u00a0,Name\ndefault,+431,Anna\n", id="blanks-around-names"),
    ],
)
def test_a_file_of_any_spreadsheet_is_the_same_rows(text: str) -> None:
    assert read(text) == [{"PartitionKey": "default", "RowKey": "+431", "Name": "Anna"}]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_hours_and_names_may_hold_what_parts_cells(separator: str, end: str) -> None:
    cells = [
        "default",
        "+431",
        f'"Mo-Fr 08:00-12:00,13:00-17:00; PH off{"; Dec 24 off" * 20}"',
        '"Berg; Anna, ""A\t"""',
    ]
    text = end.join([separator.join(["PartitionKey", "RowKey", "Hours", '"Na;me, full"']), separator.join(cells), ""])

    (row,) = read(text)

    assert row["Hours"].startswith("Mo-Fr 08:00-12:00,13:00-17:00; PH off; Dec 24 off")
    assert row["Na;me, full"] == 'Berg; Anna, "A\t"'


def test_a_line_that_was_opened_in_one_column_and_saved_is_parted_again() -> None:
    text = 'PartitionKey,RowKey,Name\n"default,+431,""Berg, Anna"""\ndefault,+432,Bo\n'

    assert [row["Name"] for row in read(text)] == ["Berg, Anna", "Bo"]


def test_without_types_a_file_has_the_columns_alone() -> None:
    rows: list[dict[str, Any]] = [
        KEYS | {"Name": "Jürgen", "Order": 7, "Enabled": True},
        KEYS | {"RowKey": "+43", "Note": "x;y"},
    ]

    assert csv_rows.write(rows, ";") == (
        'PartitionKey;RowKey;Name;Order;Enabled;Note\ndefault;+12345678901;Jürgen;7;true;\ndefault;+43;;;;"x;y"\n'
    )


@pytest.mark.parametrize(
    ("text", "is_run"),
    [
        ("=cmd|' /C calc'!A0", True),
        ("@SUM(1)", True),
        ("+cmd|' /C calc'!A0", True),
        ("-2+3+cmd|' /C calc'!A0", True),
        ("\t=1", True),
        ("\r=1", True),
        ("+436641234567", False),
        ("+43 (664) 123-45.67", False),
        ("-5", False),
        ("Anna", False),
        ("", False),
    ],
)
def test_what_a_spreadsheet_would_run_is_found_and_defused(text: str, *, is_run: bool) -> None:
    row = KEYS | {"Name": text, "Order": 7}

    assert csv_rows.formulas(row) == (["Name"] if is_run else [])
    assert csv_rows.defused(row) == KEYS | {"Name": f"'{text}" if is_run else text, "Order": 7}


def test_a_row_knows_the_line_that_it_begins_in() -> None:
    text = 'PartitionKey,RowKey,Note\na,1,"two\nlines"\n\na,2,x\n'

    assert [placed.line for placed in csv_rows.read(text)] == [2, 5]
    assert [placed.line for placed in csv_rows.read("sep=,\n" + text)] == [3, 6]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "PartitionKey and no column RowKey"),
        ("PartitionKey,Name\na,b\n", "no column RowKey"),
        ("PartitionKey,RowKey,A,A\n", "'A' is there twice"),
        ("PartitionKey,RowKey\na,b,c\n", "line 2: 'c' is in no column"),
        (
            "PartitionKey,RowKey,Hours\na,b,Mo-Fr 08:00-12:00,13:00-17:00\n",
            "'13:00-17:00' is in no column that has a name",
        ),
        ("PartitionKey,RowKey,,\na,b,,call her first\n", "line 2: 'call her first' is in no column"),
        ('PartitionKey,RowKey,Name\na,b,"Anna\na,c,Bo\n', "line 2: unexpected end of data"),
        ('PartitionKey,RowKey,Name\na,b,"Anna" Berg\n', "line 2: ',' expected after"),
        ("PartitionKey,RowKey,A,A@type\na,b,x,Number\n", "no such type: 'Number'"),
        ("PartitionKey,RowKey,A\na,b," + "x" * 200_000 + "\n", "field larger"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(text: str, names: str) -> None:
    with pytest.raises(UnreadableCsv, match=names):
        csv_rows.read(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x", "'x' is no Int32: write a whole number"),
        ("10.5", "'10.5' is no Int32: write a whole number"),
        ("9999999999", "'9999999999' is no Int32: write a whole number"),
        ("9223372036854775808", "'9223372036854775808' is no Int64: write a whole number"),
        ("vielleicht", "'vielleicht' is no Boolean: write true or false"),
        ("1,5", "'1,5' is no Double: write a number such as 1.5"),
        ("soon", "'soon' is no DateTime: write a time such as 2026-12-24T08:00:00Z"),
        ("0001-01-01T00:00:00+14:00", "'0001-01-01T00:00:00+14:00' is no DateTime: write a time"),
        ("anna", "'anna' is no Guid: write an id such as"),
        ("!", "'!' is no Binary: write base64"),
        ("x" * 1000, f"'{'x' * 40}' is no Int32"),
    ],
)
def test_a_cell_that_is_not_of_its_type_is_text_and_says_what_the_type_wants(text: str, says: str) -> None:
    kind = says.partition(" is no ")[2].partition(":")[0]

    (placed,) = csv_rows.read(f'PartitionKey,RowKey,A,A@type\na,b,"{text}",{kind}\n')

    assert placed.row["A"] == text
    assert placed.untyped["A"].startswith(says)


def test_the_column_of_a_type_may_be_in_any_letter_case() -> None:
    assert read("PartitionKey,RowKey,Order,ORDER@Type\na,b,7,Int32\n") == [
        {"PartitionKey": "a", "RowKey": "b", "Order": 7}
    ]


@given(st.text())
def test_any_text_is_rows_or_says_what_is_wrong(text: str) -> None:
    for file in (text, f"PartitionKey,RowKey,A,A@type\n{text}"):
        try:
            csv_rows.read(file)
        except UnreadableCsv:
            continue
