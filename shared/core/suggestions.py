"""What somebody may have meant: the nearest of the right names."""

from collections.abc import Iterable

_LIKE = 0.7  # of 1
_MOST_NAMES = 2000  # to compare with: a tenth of a second


def closest(said: str, names: Iterable[str]) -> str:
    """Give the name most like what was said, or "" where none is; letter case does not matter."""
    from difflib import get_close_matches  # noqa: PLC0415 - 1 ms of a cold start, for whoever mistyped

    by_folded = {name.lower(): name for name, _ in zip(names, range(_MOST_NAMES), strict=False)}
    found = get_close_matches(said.lower()[:100], by_folded, n=1, cutoff=_LIKE)
    found = found or [name for name in by_folded if said.lower() in name.split()]  # of a name one part
    return by_folded[found[0]] if len(found) == 1 else ""


def did_you_mean(said: str, names: Iterable[str]) -> str:
    """Give the end of a message: "; did you mean sales?", or "" where nothing is like it."""
    name = closest(said, names)
    return f"; did you mean {name}?" if name else ""
