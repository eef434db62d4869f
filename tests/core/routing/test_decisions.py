"""What is told of those who do not ring."""

import pytest

from shared.core.routing.decisions import Skipped, SkipReason, skipped_text

MANY = [Skipped(f"+43664{number:07}", SkipReason.BEYOND_25) for number in range(100)]


def test_each_has_its_reason() -> None:
    assert (
        skipped_text([Skipped("a", SkipReason.DISABLED), Skipped("b", SkipReason.NOT_YET)], 100)
        == "a: disabled, b: not yet"
    )
    assert skipped_text([], 100) == ""


@pytest.mark.parametrize("longest", [60, 61, 62, 80, 84, 85, 86, 87, 500, 2000])
def test_what_does_not_fit_is_counted_and_no_entry_is_cut(longest: int) -> None:
    text = skipped_text(MANY, longest)

    shown, _, rest = text.partition(", and ")
    entries = shown.split(", ")
    assert len(text) <= longest
    assert entries == [f"{one.key}: beyond 25" for one in MANY[: len(entries)]]
    assert rest == f"{100 - len(entries)} more"
    assert len(text) + len(entries[0]) + len(", ") > longest - len("100")


def test_what_just_fits_is_whole() -> None:
    whole = skipped_text(MANY, 100_000)

    assert skipped_text(MANY, len(whole)) == whole
    assert skipped_text(MANY, len(whole) - 1) != whole
