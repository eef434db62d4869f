"""A cell reads as the person meant it, whatever type the editing tool made of it."""

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from azure.data.tables import EdmType, EntityProperty
from hypothesis import given
from hypothesis import strategies as st

from shared.core.directory import cells
from shared.core.directory.cells import InvalidCell

ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.datetimes()
    | st.uuids()
    | st.just(EntityProperty(7, EdmType.INT64))
)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param({"Order": 3}, 3, id="in-its-own-spelling"),
        pytest.param({"ORDER": 3}, 3, id="in-capitals"),
        pytest.param({"order": 2, "Order": 3}, 3, id="its-own-spelling-first"),
        pytest.param({"Order": None, "order": 2}, None, id="an-empty-one-of-its-own-spelling"),
        pytest.param({"Order": EntityProperty(3, EdmType.INT64)}, 3, id="int64-comes-wrapped"),
        pytest.param({"Orders": 3}, None, id="another-column"),
        pytest.param({}, None, id="no-column"),
    ],
)
def test_a_column_is_found_in_any_letter_case(row: dict[str, Any], expected: Any) -> None:
    assert cells.cell(row, "Order") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("  Anna \t Berg\n", "Anna Berg", id="blanks-are-taken-out"),
        pytest.param("Anna\u00a0Berg", "Anna Berg", id="also-those-that-do-not-break"),
        pytest.param(7, "7", id="007-was-cast-to-7"),
        pytest.param(7.0, "7", id="a-whole-double"),
        pytest.param(7.5, "7.5", id="a-double"),
        pytest.param(True, "true", id="true"),
        pytest.param(False, "false", id="false"),
        pytest.param(math.inf, "inf", id="a-name-that-was-cast-to-infinity"),
        pytest.param(math.nan, "nan", id="a-name-that-was-cast-to-nan"),
        pytest.param(EntityProperty(491234567, EdmType.INT64), "491234567", id="int64"),
        pytest.param(datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02 00:00:00+00:00", id="a-date"),
        pytest.param(None, "", id="nothing"),
        pytest.param("   ", "", id="blanks"),
    ],
)
def test_text_of_any_type(value: Any, expected: str) -> None:
    assert cells.text({"Name": value}, "Name") == expected


@pytest.mark.parametrize(
    "value",
    [True, "true", "TRUE", " Yes ", "1", 1, 1.0, "on", "WAHR", "VRAI", "VERDADERO", EntityProperty(1, EdmType.INT64)],
)
def test_what_is_true(value: Any) -> None:
    assert cells.boolean({"Enabled": value}, "Enabled") is True


@pytest.mark.parametrize(
    "value",
    [False, "false", "No", "0", 0, 0.0, "OFF", "FALSCH", "FAUX", "FA\u0141SZ", EntityProperty(0, EdmType.INT64)],
)
def test_what_is_false(value: Any) -> None:
    assert cells.boolean({"Enabled": value}, "Enabled") is False


@pytest.mark.parametrize("value", [None, "", "  "])
def test_an_empty_cell_is_neither(value: Any) -> None:
    assert cells.boolean({"Enabled": value}, "Enabled") is None


@pytest.mark.parametrize("value", ["maybe", 2, 0.5, math.nan, "ja"])
def test_anything_else_is_unclear_and_quoted(value: Any) -> None:
    with pytest.raises(InvalidCell, match=f"^'{value}' is neither true nor false$"):
        cells.boolean({"Enabled": value}, "Enabled")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(45, 45, id="a-number"),
        pytest.param("45", 45, id="text"),
        pytest.param(" 45 ", 45, id="text-and-blanks"),
        pytest.param(45.0, 45, id="a-double"),
        pytest.param("44.6", 45, id="a-fraction-is-rounded"),
        pytest.param(EntityProperty(45, EdmType.INT64), 45, id="int64"),
        pytest.param(-1, -1, id="a-sign"),
        pytest.param(0, 0, id="zero-is-a-number"),
        pytest.param(None, None, id="nothing"),
        pytest.param("", None, id="no-text"),
        pytest.param("  ", None, id="blanks"),
    ],
)
def test_a_whole_number_of_any_type(value: Any, expected: int | None) -> None:
    assert cells.integer({"Timeout": value}, "Timeout") == expected


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("soon", id="a-word"),
        pytest.param("45 s", id="a-unit"),
        pytest.param("4,5", id="a-comma"),
        pytest.param(True, id="a-boolean"),
        pytest.param(math.nan, id="nan"),
        pytest.param(-math.inf, id="infinity"),
        pytest.param("1e999", id="infinity-as-text"),
        pytest.param(10**400, id="more-than-a-double-holds"),
        pytest.param(datetime(2026, 1, 2, tzinfo=UTC), id="a-date"),
        pytest.param([1], id="a-list"),
    ],
)
def test_what_is_no_number_is_unclear(value: Any) -> None:
    with pytest.raises(InvalidCell, match="is not a number"):
        cells.integer({"Timeout": value}, "Timeout")


def test_a_message_quotes_no_more_than_forty_characters() -> None:
    with pytest.raises(InvalidCell) as unclear:
        cells.integer({"Timeout": "x" * 30_000}, "Timeout")

    assert str(unclear.value) == f"'{'x' * 40}' is not a number"


@given(row=st.dictionaries(st.sampled_from(["Cell", "CELL", "Other"]), ANYTHING))
def test_no_cell_raises_anything_but_unclear(row: dict[str, Any]) -> None:
    assert isinstance(cells.text(row, "Cell"), str)
    for read in (cells.boolean, cells.integer):
        try:
            value = read(row, "Cell")
        except InvalidCell:
            continue
        assert value is None or isinstance(value, int)
