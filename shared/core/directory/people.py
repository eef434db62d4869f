"""Find who is meant by a name or a key, as people write them into `shifts` and `away`."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping

from shared.core import ids
from shared.core.directory.target_rows import Lists
from shared.core.light_dataclass import dataclass

_SEPARATOR = re.compile(r"[,;]")

type Ids = frozenset[str]
_NOBODY: Ids = frozenset()


@dataclass(frozen=True, slots=True)
class People:
    """The targets by list and by what they are called; made by `people`."""

    by_list: Mapping[str, Mapping[str, Ids]]
    names: Mapping[str, tuple[str, ...]]  # of each list, as they are written

    def of_list(self, name: str, said: str) -> Ids:
        """Give the ids of all rows of a list that have this name, or this key; none where there is no such row."""
        return _found(self.by_list.get(name, {}), said)

    def anywhere(self, said: str) -> Ids:
        found = (self.of_list(name, said) for name in self.by_list)
        return frozenset[str]().union(*found)

    def lists_with(self, said: str) -> list[str]:
        return [name for name in self.by_list if self.of_list(name, said)]


def people(lists: Lists) -> People:
    by_list: dict[str, dict[str, set[str]]] = {}
    names: dict[str, tuple[str, ...]] = {}
    for name, members in lists.items():
        called = by_list.setdefault(name, {})
        for member in members:
            called.setdefault(member.target.id, set()).add(member.target.id)
            if member.target.name:
                called.setdefault(folded(member.target.name), set()).add(member.target.id)
        names[name] = tuple(dict.fromkeys(one.target.name for one in members if one.target.name))
    return People(
        {name: {said: frozenset(one) for said, one in called.items()} for name, called in by_list.items()}, names
    )


def folded(name: str) -> str:
    """Give a name as it is compared: letter case, blanks and how an accent is put together do not matter."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def parted(said: str, find: Callable[[str], Ids]) -> Iterator[tuple[str, Ids]]:
    """Part a cell at its commas into names and who they are; a name may hold a comma itself ("Maier, Gerd")."""
    parts = [part.strip() for part in _SEPARATOR.split(said)]
    while parts:
        count = next((count for count in range(len(parts), 1, -1) if find(", ".join(parts[:count]))), 1)
        if name := ", ".join(parts[:count]):
            yield name, find(name)
        parts = parts[count:]


def _found(called: Mapping[str, Ids], said: str) -> Ids:
    keys: Iterable[str | None] = (
        folded(said),
        ids.phone_number(said),
        ids.guid(said),
        f"+{said}" if said.isascii() and said.isdigit() else None,  # az makes a number of +43…, and its + is gone
    )
    return next((called[key] for key in keys if key and key in called), _NOBODY)
