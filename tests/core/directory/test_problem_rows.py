"""What has to change in `problems`: what is new, what reads otherwise, what has been mended."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.directory.model import Problem, Severity
from shared.core.directory.problem_rows import ProblemDiff, ProblemKey, ProblemRow, StoredProblem, diff, table_key

THEN, NOW = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)
KEY = ProblemKey("targets", "default%2F0664 RowKey")
PROBLEM = Problem(Severity.ERROR, "targets", "default/0664", "RowKey", "must start with +")
ROW = ProblemRow(KEY, "error", "must start with +", THEN)


def kept(level: str = "error", message: str = "must start with +") -> StoredProblem:
    return StoredProblem(ProblemRow(KEY, level, message, THEN), "etag")


def test_a_new_problem_begins_now() -> None:
    assert diff([PROBLEM], [], NOW) == ProblemDiff(new=(ProblemRow(KEY, "error", "must start with +", NOW),))


def test_one_that_reads_the_same_stays_with_its_since() -> None:
    assert diff([PROBLEM], [kept()], NOW) == ProblemDiff()


@pytest.mark.parametrize("before", [kept(message="else"), kept(level="warning")])
def test_one_that_reads_otherwise_is_replaced_by_its_etag(before: StoredProblem) -> None:
    found = diff([PROBLEM], [before], NOW)

    assert found == ProblemDiff(changed=((ProblemRow(KEY, "error", "must start with +", NOW), "etag"),))


def test_one_that_is_mended_goes() -> None:
    assert diff([], [kept()], NOW) == ProblemDiff(mended=(kept(),))


@pytest.mark.parametrize(
    ("levels", "level"),
    [
        ((Severity.WARNING, Severity.ERROR), "error"),
        ((Severity.WARNING, Severity.WARNING), "warning"),
    ],
)
def test_what_is_wrong_in_one_cell_is_told_together(levels: tuple[Severity, Severity], level: str) -> None:
    problems = [Problem(one, "routes", "any/any", "Hours", f"wrong {number}") for number, one in enumerate(levels)]

    (row,) = diff([*problems, problems[0]], [], NOW).new

    assert (row.level, row.message) == (level, "wrong 0; wrong 1")


@given(st.text(min_size=1, max_size=2000))
def test_any_text_becomes_a_key_that_a_table_takes(text: str) -> None:
    key = table_key(text)

    assert not set(key) & set("/\\#?")
    assert not [letter for letter in key if ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0]
    assert 0 < len(key) <= 512
    key.encode()


@given(st.text(max_size=700), st.text(max_size=700))
def test_two_texts_have_two_keys(one: str, other: str) -> None:
    assert (table_key(one) == table_key(other)) is (one == other)


def test_a_text_that_looks_escaped_is_another_one() -> None:
    assert table_key("default/7") != table_key("default%2F7")


def test_long_texts_with_the_same_beginning_have_two_keys() -> None:
    assert table_key("a" * 600) != table_key("a" * 601)
