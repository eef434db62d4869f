"""Write HTML so that whatever is not markup already is escaped."""

from html import escape
from typing import assert_never

from shared.core.light_dataclass import dataclass

_VOID = {"input", "meta"}


@dataclass(frozen=True, slots=True)
class Html:
    """Markup that `tag` made: the only text that goes out as it is."""

    text: str


type Content = Html | str | None


def tag(name: str, /, *contents: Content, **attributes: str) -> Html:
    """Make an element of its contents, where None is nothing. `class_` and the like stand for Python's own words."""
    written = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{joined(*contents).text}</{name}>")


def joined(*contents: Content) -> Html:
    return Html("".join(_written(content) for content in contents))


def code(text: str) -> Html:
    """Show what a person typed or will type; its direction does not spill over."""
    return tag("code", tag("bdi", text))


def _written(content: Content) -> str:
    match content:
        case None:
            return ""
        case Html(text):
            return text
        case str():
            return escape(content)
        case never:
            assert_never(never)
