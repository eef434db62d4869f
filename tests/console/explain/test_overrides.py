"""Which rows of `any` win over a line's own, as the person who runs the line reads it."""

from typing import Any

import pytest

from shared.console.explain.overrides import MOST, callers_text, effect_text, overrides
from shared.core.directory import reader
from tests.support.tables import ANNA, BO, BOT, LINE, SECOND_LINE, route, target

ROUTES = [
    route(Ring="default"),
    route("any", "+4366412349", Ring="reject"),
    route("any", "+43", Ring="default"),
    route("any", "anonymous", Ring="reject"),
    route("any", BO, Ring="default"),
    route(LINE, Ring="default"),
    route(LINE, "+43", Ring="default"),
]


@pytest.mark.parametrize(
    ("line", "caller", "expected"),
    [
        pytest.param(LINE, "any", ["+4366412349", "anonymous", BO], id="every-caller"),
        pytest.param(LINE, "+43664", ["+4366412349"], id="numbers-that-begin-so"),
        pytest.param(LINE, "+44", [], id="other-numbers"),
        pytest.param(LINE, "anonymous", ["anonymous"], id="anonymous"),
        pytest.param(LINE, BO, [BO], id="a-user"),
        pytest.param("any", "any", [], id="no-line"),
        pytest.param(SECOND_LINE, "any", [], id="a-line-without-rows"),
    ],
)
def test_rules_of_any_that_win(line: str, caller: str, expected: list[str]) -> None:
    found = overrides(line, reader.read_directory([target(ANNA)], ROUTES, BOT), caller)

    assert [rule.caller for rule in found.rules] == expected
    assert found.count == len(expected)


def test_a_protected_line_has_none_and_many_are_counted() -> None:
    rules: list[dict[str, Any]] = [route("any", f"+4{number}", Ring="reject") for number in range(100, 150)]

    guarded = reader.read_directory([target(ANNA)], [*rules, route(LINE, Protected="yes")], BOT)
    open_to_all = reader.read_directory([target(ANNA)], [*rules, route(LINE)], BOT)

    assert overrides(LINE, guarded).count == 0
    assert (len(overrides(LINE, open_to_all).rules), overrides(LINE, open_to_all).count) == (MOST, 50)


def test_they_are_told_in_words() -> None:
    directory = reader.read_directory([target(ANNA)], ROUTES, BOT)
    said = [f"{callers_text(rule)}: {effect_text(rule)}" for rule in directory.routes.values()]

    assert said == [
        "every caller: ring list default",
        "callers whose number begins with +4366412349: turned away",
        "callers whose number begins with +43: ring list default",
        "callers without a number: turned away",
        f"caller {BO}: ring list default",
        "every caller: ring list default",
        "callers whose number begins with +43: ring list default",
    ]
