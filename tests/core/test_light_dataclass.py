"""A light dataclass does what the standard library's does, but for the assignment that type checkers see."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from shared.core import light_dataclass

KINDS: list[dict[str, bool]] = [
    {"frozen": True, "slots": True},
    {"frozen": True, "slots": True, "eq": False},
    {"frozen": True, "slots": True, "kw_only": True},
    {"slots": True},
]


def both(make: Callable[[Any], type], **kind: bool) -> tuple[Any, Any]:
    """Make the same class by either decorator."""
    return make(light_dataclass.dataclass(**kind)), make(dataclasses.dataclass(**kind))


def of_fields(decorate: Callable[[type], type]) -> type:
    class Point:
        x: int
        y: int = 2
        seen: list[int] = dataclasses.field(default_factory=list, compare=False, repr=False)

    return decorate(Point)


def of_one(decorate: Callable[[type], type]) -> type:
    class Name:
        name: str

    return decorate(Name)


def of_none(decorate: Callable[[type], type]) -> type:
    class Nothing:
        pass

    return decorate(Nothing)


def hashed(one: object) -> int | None:
    try:
        return hash(one)
    except TypeError:
        return None


@pytest.mark.parametrize("kind", KINDS)
def test_it_compares_and_hashes_as_the_other_does(kind: dict[str, bool]) -> None:
    for cls in both(of_fields, **kind):
        one, same, other = cls(x=1, seen=[1]), cls(x=1), cls(x=3)
        has_eq = kind.get("eq", True)
        assert (one == same, one == other, one == (1, 2), one != same) == (has_eq, False, False, not has_eq)
        assert (hashed(one) is None) is (not kind.get("frozen", False))
        assert (hashed(one) == hashed(same)) is (has_eq or not kind.get("frozen", False))
        assert hashed(one) != hashed(other) or not kind.get("frozen", False)


@pytest.mark.parametrize("kind", KINDS)
def test_it_shows_copies_and_matches_as_the_other_does(kind: dict[str, bool]) -> None:
    shown = [repr(cls(x=1)) for cls in both(of_fields, **kind)]
    copied = [dataclasses.replace(cls(x=1), y=5) for cls in both(of_fields, **kind)]
    light, other = both(of_fields, **kind)

    assert shown == [shown[0]] * 2 == [f"{light.__qualname__}(x=1, y=2)"] * 2
    assert [(one.x, one.y, one.seen) for one in copied] == [(1, 5, [])] * 2
    assert (light.__match_args__, light.__slots__) == (other.__match_args__, other.__slots__)


def test_a_class_of_one_field_or_of_none_is_compared_too() -> None:
    for cls in both(of_one, frozen=True, slots=True):
        assert (cls("a") == cls("a"), cls("a") == cls("b"), cls("a") == "a") == (True, False, False)
        assert len({cls("a"), cls("a"), cls("b")}) == 2
    for cls in both(of_none, frozen=True, slots=True):
        assert (cls() == cls(), cls() == (), len({cls(), cls()})) == (True, False, 1)
