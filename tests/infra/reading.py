"""Read Bicep files by their syntax tree: what they declare, and with which values, as written."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import tree_sitter
import tree_sitter_bicep

ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
MAIN = INFRA / "main.bicep"
FILES = sorted(INFRA.rglob("*.bicep"))
_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bicep.language()))

# An object, an array, or the text of any other expression: a string has its quotes, `'a'`. An expression that holds an
# object or an array is an object as well: {"union()": ["a", {…}]}, {"a in b": {…}}, {"a ?": {…}, ":": {…}}.
type Value = str | dict[str, Value] | list[Value]


@dataclass(frozen=True, slots=True)
class Parameter:
    decorators: Mapping[str, str]
    type: str
    default: Value | None

    @property
    def is_required(self) -> bool:
        return self.default is None


@dataclass(frozen=True, slots=True)
class Module:
    """`body` is what stands beside the params: its name."""

    path: str
    params: Mapping[str, Value]
    body: Mapping[str, Value]
    loop: str | None = None
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """`body` is of one instance where there is a loop, such as `one in many`."""

    type: str
    body: dict[str, Value]
    loop: str | None = None
    condition: str | None = None
    is_existing: bool = False


@dataclass(frozen=True, slots=True)
class Output:
    type: str
    value: Value


@dataclass(frozen=True, slots=True)
class File:
    target_scope: str | None
    parameters: Mapping[str, Parameter]
    variables: Mapping[str, Value]
    modules: Mapping[str, Module]
    resources: Mapping[str, Resource]
    outputs: Mapping[str, Output]
    used_outputs: frozenset[tuple[str, str]]
    used_symbols: frozenset[str]
    called_functions: frozenset[str]


def read(path: Path) -> File:
    return parsed(path.read_bytes())


def parsed(source: bytes) -> File:
    """Raise ValueError where the source is no Bicep, or declares a name twice."""
    root = _PARSER.parse(_parseable(source)).root_node
    if root.has_error:
        raise ValueError("not Bicep")
    target_scope: str | None = None
    parameters: dict[str, Parameter] = {}
    variables: dict[str, Value] = {}
    modules: dict[str, Module] = {}
    resources: dict[str, Resource] = {}
    outputs: dict[str, Output] = {}
    decorators: dict[str, str] = {}
    for node in root.named_children:
        if node.type == "decorators":
            decorators = _once((name, _text(call.named_children[1])[1:-1]) for name, call in _decorators(node))
            continue
        if node.type == "target_scope_assignment":
            target_scope = _string(node.named_children[0])
        elif node.type == "parameter_declaration":
            name, of = (_text(child) for child in node.named_children[:2])
            default = _value(node.named_children[2]) if len(node.named_children) > 2 else None
            _declare(parameters, name, Parameter(decorators, of, default))
        elif node.type == "variable_declaration":
            _declare(variables, _text(node.named_children[0]), _value(node.named_children[-1]))
        elif node.type == "module_declaration":
            _declare(modules, _text(node.named_children[0]), _module(node))
        elif node.type == "resource_declaration":
            _declare(resources, _text(node.named_children[0]), _resource(node))
        elif node.type == "output_declaration":
            name, of = (_text(child) for child in node.named_children[:2])
            _declare(outputs, name, Output(of, _value(node.named_children[-1])))
        decorators = {}
    _once((name, name) for kind in (parameters, variables, modules, resources) for name in kind)
    return File(
        target_scope,
        parameters,
        variables,
        modules,
        resources,
        outputs,
        used_outputs=frozenset(_used_outputs(root)),
        used_symbols=frozenset(_used_symbols(root, frozenset())),
        called_functions=frozenset(_called_functions(root)),
    )


def _parseable(source: bytes) -> bytes:
    """Leave out what the grammar does not know: the line that names an extension."""
    return re.sub(rb"(?m)^extension .*$", b"", source)


def _decorators(node: tree_sitter.Node) -> Iterator[tuple[str, tree_sitter.Node]]:
    for decorator in node.named_children:
        call = decorator.named_children[0]
        yield _text(call.named_children[0]), call


def _declare[T](declared: dict[str, T], name: str, one: T) -> None:
    if name in declared:
        raise ValueError(f"declared twice: {name}")
    declared[name] = one


def _once[T](pairs: Iterable[tuple[str, T]]) -> dict[str, T]:
    found: dict[str, T] = {}
    for name, one in pairs:
        _declare(found, name, one)
    return found


def _module(node: tree_sitter.Node) -> Module:
    loop, condition, body = _unwrapped(node)
    params = body.pop("params", {})
    assert isinstance(params, dict)
    return Module(_string(node.named_children[1]), params, body, loop, condition)


def _resource(node: tree_sitter.Node) -> Resource:
    is_existing = any(child.type == "existing" for child in node.children)
    loop, condition, body = _unwrapped(node)
    return Resource(_string(node.named_children[1]), body, loop, condition, is_existing)


def _unwrapped(node: tree_sitter.Node) -> tuple[str | None, str | None, dict[str, Value]]:
    """Give the loop and the condition of a declaration, and the object below them."""
    loop = condition = None
    while node.type != "object":
        node = node.named_children[-1]
        if node.type == "for_statement":
            loop = _loop(node)
        elif node.type == "if_statement":
            condition = _text(node.named_children[0])[1:-1]
    found = _value(node)
    assert isinstance(found, dict)
    return loop, condition, found


def _loop(node: tree_sitter.Node) -> str:
    return f"{_text(node.named_children[0])} in {_text(node.named_children[1])}"


def _value(node: tree_sitter.Node) -> Value:
    if node.type == "object":
        properties = (one for one in node.named_children if one.type == "object_property")
        return _once((_string(one.named_children[0]), _value(one.named_children[-1])) for one in properties)
    if node.type == "array":
        return [_value(one) for one in node.named_children if one.type != "comment"]
    if not any(one.type in {"object", "array"} for one in _all(node)):
        return _text(node)
    if node.type == "call_expression":
        return {f"{_text(node.named_children[0])}()": [_value(one) for one in node.named_children[1].named_children]}
    if node.type == "for_statement":
        return {_loop(node): _value(node.named_children[-1])}
    if node.type == "lambda_expression":
        return {f"{_text(node.named_children[0])} =>": _value(node.named_children[-1])}
    if node.type == "ternary_expression":
        condition, yes, no = node.named_children
        return {f"{_text(condition)} ?": _value(yes), ":": _value(no)}
    return _text(node)


def _used_outputs(node: tree_sitter.Node) -> Iterator[tuple[str, str]]:
    for one in _all(node):
        parts = _text(one).split(".")
        if one.type == "member_expression" and len(parts) == 3 and parts[1] == "outputs":
            yield parts[0], parts[2]


def _used_symbols(node: tree_sitter.Node, loop: frozenset[str]) -> Iterator[str]:
    """Give the names that expressions use, but for those of the loop or the lambda that they are in."""
    if node.type in {"for_statement", "lambda_expression"}:
        loop |= {_text(one) for one in _all(node.named_children[0]) if not one.named_children}
    names_itself = node.type.endswith("_declaration") or node.type in {"object_property", "call_expression"}
    for place, child in enumerate(node.named_children):
        if child.type == "identifier":
            if _text(child) not in loop and not (names_itself and place == 0):
                yield _text(child)
        elif child.type not in {"decorators", "metadata_declaration", "target_scope_declaration"}:
            yield from _used_symbols(child, loop)


def _called_functions(node: tree_sitter.Node) -> Iterator[str]:
    return (_text(one.named_children[0]) for one in _all(node) if one.type == "call_expression")


def _all(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    yield node
    for child in node.named_children:
        yield from _all(child)


def _string(node: tree_sitter.Node) -> str:
    return _text(node)[1:-1] if node.type == "string" else _text(node)


def _text(node: tree_sitter.Node) -> str:
    return (node.text or b"").decode()
