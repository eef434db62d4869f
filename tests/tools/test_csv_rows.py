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


@given(st.lists(st.dictionaries(COLUMNS, VALUES)))
def test_rows_of_every_type_come_back_as_they_were(columns: list[dict[str, Any]]) -> None:
    rows = [KEYS | {"RowKey": str(number)} | row for number, row in enumerate(columns)]

    again = read(csv_rows.write(rows))

    assert again == rows
    assert [types(row) for row in again] == [types(row) for row in rows]


def types(row: dict[str, Any]) -> dict[str, type]:
    return {name: type(value) for name, value in row.items()}


@pytest.mark.parametrize(
    ("cell", "kind", "value"),
    [
        ("true", "Boolean", True),
        ("TRUE", "Boolean", True),
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


def test_a_row_knows_the_line_that_it_begins_in() -> None:
    text = 'PartitionKey,RowKey,Note\na,1,"two\nlines"\n\na,2,x\n'

    assert [placed.line for placed in csv_rows.read(text)] == [2, 5]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "PartitionKey and no column RowKey"),
        ("PartitionKey,Name\na,b\n", "no column RowKey"),
        ("PartitionKey,RowKey,A,A\n", "'A' is there twice"),
        ("PartitionKey,RowKey\na,b,c\n", "line 2: 3 cells"),
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
        ("WAHR", "'WAHR' is no Boolean: write true or false"),
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
