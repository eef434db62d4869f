"""Names that somebody may have meant."""

import pytest

from shared.core.suggestions import closest, did_you_mean


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("slaes", "sales"),
        ("SALES", "sales"),
        ("Enabeld", "Enabled"),
        ("enabled", "Enabled"),
        ("", ""),
        ("xyz", ""),
        ("slaes" * 1000, ""),
    ],
)
def test_the_likeliest_name(said: str, name: str) -> None:
    assert closest(said, ["night", "Enabled", "sales"]) == name


def test_the_end_of_a_message() -> None:
    assert did_you_mean("slaes", ["sales"]) == "; did you mean sales?"
    assert did_you_mean("slaes", []) == ""


def test_of_very_many_names_the_first_are_compared() -> None:
    names = [f"{number:05}" for number in range(2000)]

    assert closest("sales", [*names, "sales"]) == ""
    assert closest("sales", [*names[1:], "sales"]) == "sales"
