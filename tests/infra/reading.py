"""Read Bicep files by their syntax tree: what they declare, and with which values, as written."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import tree_sitter
import tree_sitter_bicep

ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
MAIN = INFRA / "main.bicep"
FILES = sorted(INFRA.rglob("*.bicep"))
_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bicep.language()))

type Value = str | dict[str, Value] | list[Value]


@dataclass(frozen=True, slots=True)
class Parameter:
    decorators: Mapping[str, str]
    type: str
    is_required: bool


@dataclass(frozen=True, slots=True)
class Module:
    path: str
    params: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Resource:
    """`body` is of one instance where there is a loop, and `loops_over` what the loop goes over."""

    type: str
    body: dict[str, Value]
    loops_over: str | None
    is_existing: bool


@dataclass(frozen=True, slots=True)
class File:
    parameters: Mapping[str, Parameter]
    variables: Mapping[str, Value]
    modules: Mapping[str, Module]
    resources: Mapping[str, Resource]
    outputs: Mapping[str, str]
    used_outputs: frozenset[tuple[str, str]]
    used_symbols: frozenset[str]
    called_functions: frozenset[str]


def read(path: Path) -> File:
    return parsed(path.read_bytes())


def parsed(source: bytes) -> File:
    """Raise ValueError where the source is no Bicep."""
    root = _PARSER.parse(_parseable(source)).root_node
    if root.has_error:
        raise ValueError("not Bicep")
    parameters: dict[str, Parameter] = {}
    variables: dict[str, Value] = {}
    modules: dict[str, Module] = {}
    resources: dict[str, Resource] = {}
    outputs: dict[str, str] = {}
    decorators: dict[str, str] = {}
    for node in root.named_children:
        if node.type == "decorators":
            decorators = {name: _text(call.named_children[1])[1:-1] for name, call in _decorators(node)}
            continue
        if node.type == "parameter_declaration":
            name, of = (_text(child) for child in node.named_children[:2])
            parameters[name] = Parameter(decorators, of, is_required=len(node.named_children) == 2)
        elif node.type == "variable_declaration":
            variables[_text(node.named_children[0])] = _value(node.named_children[-1])
        elif node.type == "module_declaration":
            body = _body(node)
            params = body.get("params", {})
            assert isinstance(params, dict)
            modules[_text(node.named_children[0])] = Module(_string(node.named_children[1]), params)
        elif node.type == "resource_declaration":
            resources[_text(node.named_children[0])] = _resource(node)
        elif node.type == "output_declaration":
            outputs[_text(node.named_children[0])] = _text(node.named_children[-1])
        decorators = {}
    return File(
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


def _resource(node: tree_sitter.Node) -> Resource:
    loop = next((child for child in node.named_children if child.type == "for_statement"), None)
    return Resource(
        type=_string(node.named_children[1]),
        body=_body(node),
        loops_over=_text(loop.named_children[1]) if loop else None,
        is_existing=any(child.type == "existing" for child in node.children),
    )


def _body(node: tree_sitter.Node) -> dict[str, Value]:
    """Find the object of a declaration, below its loop or condition."""
    for child in node.named_children:
        if child.type == "object":
            found = _value(child)
            assert isinstance(found, dict)
            return found
        if child.type in {"for_statement", "if_statement"}:
            return _body(child)
    return {}


def _value(node: tree_sitter.Node) -> Value:
    if node.type == "object":
        return {
            _string(one.named_children[0]): _value(one.named_children[-1])
            for one in node.named_children
            if one.type == "object_property"
        }
    if node.type == "array":
        return [_value(one) for one in node.named_children if one.type != "comment"]
    return _text(node)


def _used_outputs(node: tree_sitter.Node) -> Iterator[tuple[str, str]]:
    for one in _all(node):
        parts = _text(one).split(".")
        if one.type == "member_expression" and len(parts) == 3 and parts[1] == "outputs":
            yield parts[0], parts[2]


def _used_symbols(node: tree_sitter.Node, loop: frozenset[str]) -> Iterator[str]:
    """Give the names that expressions use, but for those of the loop that they are in."""
    if node.type == "for_statement":
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
