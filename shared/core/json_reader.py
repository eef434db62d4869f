"""Read foreign JSON through a reader that knows its path: body.value[0].resourceData.id is not a string."""

import json
from collections.abc import Iterator
from typing import Any

from shared.core.light_dataclass import dataclass
from shared.core.refusals import Unreadable

_INT32 = 2**31


@dataclass(frozen=True, slots=True)
class Json:
    """A value somewhere in a foreign document; what is missing or of another type reads as absent."""

    value: Any
    path: str

    def __getitem__(self, key: str) -> "Json":
        """Go one key down; its spelling counts, its case does not (`subcode` and `subCode` are both met)."""
        path = f"{self.path}.{key}"
        if not isinstance(self.value, dict):
            return Json(None, path)
        if key in self.value:
            return Json(self.value[key], path)
        folded = key.lower()
        for name, found in self.value.items():
            if name.lower() == folded:
                return Json(found, path)
        return Json(None, path)

    def items(self) -> Iterator["Json"]:
        """Go through a list; anything else is empty."""
        if isinstance(self.value, list):
            for place, item in enumerate(self.value):
                yield Json(item, f"{self.path}[{place}]")

    def members(self) -> Iterator[tuple[str, "Json"]]:
        """Go through an object; anything else is empty."""
        if isinstance(self.value, dict):
            for name, item in self.value.items():
                yield name, Json(item, f"{self.path}.{name}")

    @property
    def text(self) -> str:
        return self.value if isinstance(self.value, str) else ""

    @property
    def word(self) -> str:
        """A member of an enum, folded: the wire has both `terminated` and `Terminated`."""
        return self.text.strip().lower()

    @property
    def number(self) -> int | None:
        """A whole number of 32 bits, which is what a table's cell holds, also where it came as text ("code": "200")."""
        if isinstance(self.value, bool):
            return None
        try:
            number = self.value if isinstance(self.value, int) else int(self.text, 10)
        except ValueError:
            return None
        return number if -_INT32 <= number < _INT32 else None

    @property
    def is_object(self) -> bool:
        return isinstance(self.value, dict)

    @property
    def is_list(self) -> bool:
        return isinstance(self.value, list)


def parse_json(body: bytes) -> Json:
    """Read a whole body. Raises Unreadable, whatever the bytes are."""
    try:
        return Json(json.loads(body), "body")
    except (ValueError, RecursionError) as error:  # not JSON, not UTF-8, a number of 5,000 digits; 100,000 brackets
        raise Unreadable(f"not JSON: {type(error).__name__}") from None
