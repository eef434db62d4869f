"""Match request paths to functions as the real host does: ASP.NET Core's decoding and route templates."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from local.host.worker import Function


class UnreadablePath(Exception):
    """The real web server answers such a path with 400 before any routing."""


class UnservedRoute(Exception):
    """The function's route is one that is not served; the function is left out."""


@dataclass(frozen=True, slots=True)
class Route:
    function: Function
    template: str
    methods: frozenset[str]
    level: str
    _pattern: re.Pattern[str]
    _parameters: tuple[str, ...]

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """Give the route parameters, or None: a wrong method is no match either, hence 404 and never 405."""
        if self.methods and method not in self.methods:
            return None
        # One trailing slash is ignored; an empty segment elsewhere matches nothing.
        found = self._pattern.fullmatch(path.removesuffix("/"))
        if found is None:
            return None
        values = zip(self._parameters, found.groups(), strict=True)
        return {name: value for name, value in values if value is not None}


def route_of(function: Function, prefix: str) -> Route:
    trigger = function.trigger
    own = str(trigger.get("route") or function.name).strip("/")
    if own.lower().startswith(("admin", "runtime")):
        raise UnservedRoute(f"the route {own!r} of {function.name} conflicts with the host's own routes")
    template = "/".join(part for part in (prefix.strip("/"), own) if part)
    pattern, parameters = _compiled(template)
    methods: Iterable[str] = trigger.get("methods") or ()
    level = str(trigger.get("authLevel") or "function").lower()
    return Route(function, template, frozenset(name.upper() for name in methods), level, pattern, parameters)


def decoded(raw: str) -> str:
    """Decode a path as Kestrel does: %2F and what is not UTF-8 stay as they came, then dot segments go.

    https://github.com/dotnet/aspnetcore/issues/4718 and src/Shared/UrlDecoder there
    """
    parts = re.split("(%2f)", raw, flags=re.IGNORECASE)
    path = "".join(part if index % 2 else _unquoted(part) for index, part in enumerate(parts))
    if not raw.isascii() or not raw.startswith("/") or "\0" in path:
        raise UnreadablePath(raw)
    return _without_dot_segments(path)


def _unquoted(part: str) -> str:
    text = unquote_to_bytes(part).decode("utf-8", "surrogateescape")
    return re.sub("[\udc80-\udcff]", lambda byte: f"%{ord(byte[0]) - 0xDC00:02X}", text)


def _without_dot_segments(path: str) -> str:
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


_HEX = "[0-9a-f]"
_GUID = rf"{_HEX}{{32}}|{_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}"
_CONSTRAINTS: Mapping[str | None, str] = {
    None: "[^/]+",
    "int": "[+-]?[0-9]+",
    "alpha": "[a-z]+",
    "guid": rf"{_GUID}|\{{(?:{_GUID})\}}|\((?:{_GUID})\)",
}
_PARAMETER = re.compile(r"\{(?P<all>\*{0,2})(?P<name>[\w-]+)(?::(?P<constraint>\w+))?(?P<optional>\??)\}")


def _compiled(template: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    pattern, parameters = "", []
    for segment in template.split("/"):
        parameter = _PARAMETER.fullmatch(segment)
        if parameter is None and ("{" in segment or "}" in segment):
            raise UnservedRoute(f"this host does not read {segment!r} in the route {template!r}")
        if parameter is None:
            pattern += "/" + re.escape(segment)
            continue
        constraint = parameter["constraint"] and parameter["constraint"].lower()
        if constraint not in _CONSTRAINTS:
            raise UnservedRoute(f"this host does not know the constraint {constraint!r} in the route {template!r}")
        parameters.append(parameter["name"])
        if parameter["all"]:
            pattern += "(?:/([^/].*))?"
        else:
            pattern += f"(?:/({_CONSTRAINTS[constraint]}))" + parameter["optional"]
    return re.compile(pattern, re.IGNORECASE | re.ASCII | re.DOTALL), tuple(parameters)
