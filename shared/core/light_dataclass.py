"""`dataclass` as the standard library has it, made in a third of the time: a cold start makes nearly a hundred of them.

What takes that time are methods that are compiled for each class. Here only `__init__` is: all classes share those that
compare, hash and show an instance, and that nobody assigns to a field of a frozen one is for the type checker to hold.
"""

import dataclasses
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - for the type checker it is that very one
else:

    def dataclass(*, frozen=False, slots=False, kw_only=False, eq=True):  # noqa: ANN001, ANN201 - as above
        """Decorate a class; instances are hashed by their fields where it is frozen, by identity with `eq=False`."""

        def decorated(cls: type) -> type:
            made = dataclasses.dataclass(slots=slots, kw_only=kw_only, eq=False, repr=False)(cls)
            made.__repr__ = _shown
            if eq:
                made.__eq__, made.__hash__ = _equal, _hashed if frozen else None
                made.__compared__ = staticmethod(_reader([one.name for one in dataclasses.fields(made) if one.compare]))
            return made

        return decorated


def _reader(names: Sequence[str]) -> Callable[[object], object]:
    return attrgetter(*names) if names else lambda _: ()


def _equal(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return self.__compared__(self) == self.__compared__(other)


def _hashed(self: Any) -> int:
    return hash(self.__compared__(self))


def _shown(self: Any) -> str:
    shown = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in dataclasses.fields(self) if one.repr)
    return f"{self.__class__.__qualname__}({shown})"
