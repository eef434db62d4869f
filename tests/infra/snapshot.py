"""The templates as a person has approved them, in templates.txt: `make approve` writes that file anew."""

from collections.abc import Iterator
from dataclasses import asdict
from difflib import unified_diff
from pathlib import Path
from typing import Any

from tests.infra.reading import FILES, INFRA, File, read

APPROVED = Path(__file__).with_name("templates.txt")
_DECLARED = "target_scope", "parameters", "variables", "modules", "resources", "outputs"
_WORDING = {"description", "label", "noDataMessage", "title"}  # what people read: it changes nothing that is deployed


def facts(file: File) -> list[str]:
    """Give what a template declares, one value a line with the path to it, but for wording, comments and layout."""
    found = asdict(file)
    return sorted(_facts("", {kind: found[kind] for kind in _DECLARED if found[kind]}))


def now() -> str:
    return "".join(f"{path.relative_to(INFRA).as_posix()}{fact}\n" for path in FILES for fact in facts(read(path)))


def difference() -> str:
    """Give the lines that are not as they were approved; "" where there is none."""
    approved = APPROVED.read_text(encoding="utf-8") if APPROVED.exists() else ""
    lines = unified_diff(approved.splitlines(), now().splitlines(), "approved", "now", n=0, lineterm="")
    return "\n".join(line for line in lines if not line.startswith("@@"))


def _facts(at: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict | list) and value:
        for name, one in value.items() if isinstance(value, dict) else _named(value):
            if not _is_wording(name, one):
                yield from _facts(f"{at} {name}", one)
    elif value not in (None, False):
        yield f"{at} = {value}"


def _named(values: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Name the members of a list by what names them, so that one more in the middle is one more."""
    for place, one in enumerate(values):
        yield (one.get("key", one.get("name", place)) if isinstance(one, dict) else place), one


def _is_wording(name: str | int, value: Any) -> bool:
    return name in _WORDING and isinstance(value, str) and value.startswith("'")


if __name__ == "__main__":
    print(difference() or "The templates are as they were approved.")  # noqa: T201 - what is approved
    APPROVED.write_text(now(), encoding="utf-8")
