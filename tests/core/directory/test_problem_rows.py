"""What has to change in `problems`: what is new, what reads otherwise, what has been mended."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.directory.model import Level, Problem
from shared.core.directory.problem_rows import Changes, KeptProblem, ProblemKey, ProblemRow, changes, escaped

THEN, NOW = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)
KEY = ProblemKey("targets", "default%2F0664 RowKey")
PROBLEM = Problem(Level.ERROR, "targets", "default/0664", "RowKey", "must start with +")
ROW = ProblemRow(KEY, "error", "must start with +", THEN)


def kept(level: str = "error", message: str = "must start with +") -> KeptProblem:
    return KeptProblem(ProblemRow(KEY, level, message, THEN), "etag")


def test_a_new_problem_begins_now() -> None:
    assert changes([PROBLEM], [], NOW) == Changes(new=(ProblemRow(KEY, "error", "must start with +", NOW),))


def test_one_that_reads_the_same_stays_with_its_since() -> None:
    assert changes([PROBLEM], [kept()], NOW) == Changes()


@pytest.mark.parametrize("before", [kept(message="else"), kept(level="warning")])
def test_one_that_reads_otherwise_is_replaced_by_its_etag(before: KeptProblem) -> None:
    found = changes([PROBLEM], [before], NOW)

    assert found == Changes(changed=((ProblemRow(KEY, "error", "must start with +", NOW), "etag"),))


def test_one_that_is_mended_goes() -> None:
    assert changes([], [kept()], NOW) == Changes(mended=(kept(),))


@pytest.mark.parametrize(
    ("levels", "level"),
    [
        ((Level.WARNING, Level.ERROR), "error"),
        ((Level.WARNING, Level.WARNING), "warning"),
    ],
)
def test_what_is_wrong_in_one_cell_is_told_together(levels: tuple[Level, Level], level: str) -> None:
    problems = [Problem(one, "routes", "any/any", "Hours", f"wrong {number}") for number, one in enumerate(levels)]

    (row,) = changes([*problems, problems[0]], [], NOW).new

    assert (row.level, row.message) == (level, "wrong 0; wrong 1")


@given(st.text(min_size=1, max_size=2000))
def test_any_text_becomes_a_key_that_a_table_takes(text: str) -> None:
    key = escaped(text)

    assert not set(key) & set("/\\#?")
    assert not [letter for letter in key if ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0]
    assert 0 < len(key) <= 512
    key.encode()


@given(st.text(max_size=700), st.text(max_size=700))
def test_two_texts_have_two_keys(one: str, other: str) -> None:
    assert (escaped(one) == escaped(other)) is (one == other)


def test_a_text_that_looks_escaped_is_another_one() -> None:
    assert escaped("default/7") != escaped("default%2F7")


def test_long_texts_with_the_same_beginning_have_two_keys() -> None:
    assert escaped("a" * 600) != escaped("a" * 601)
