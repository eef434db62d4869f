"""What events the app writes, with which facts: read from the syntax trees of its sources."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

_WRITERS = {"event", "events", "_event", "_events"}
_TYPES = {"bool": "bool", "float": "real", "int": "long"}


def written(sources: list[Path]) -> dict[str, dict[str, str | None]]:
    """Give each event's facts, with the KQL type of those that are fields of a call's record."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sources]
    types = {name: kind for tree in trees for name, kind in _record_types(tree)}
    states = [f"call.{state}" for state in _states_of_an_answer(trees)]
    refusals = [name for tree in trees for name in _events_of_refusals(tree)]
    found: dict[str, dict[str, str | None]] = {}
    for call in (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)):
        for name in _names(call, states, refusals):
            facts = {one.arg: _type(one.value, types) for one in call.keywords if one.arg}
            found[name] = found.get(name, {}) | facts
    return found


def words(sources: list[Path], fact: str) -> set[str]:
    """Give the constants that the app writes for a fact."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sources]
    return {
        ast.literal_eval(one.value)
        for tree in trees
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and _names(call, [""], [""])
        for one in call.keywords
        if one.arg == fact and isinstance(one.value, ast.Constant)
    }


def _names(call: ast.Call, states: list[str], refusals: list[str]) -> list[str]:
    writer = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if writer not in _WRITERS or not call.args:
        return []
    match call.args[0]:
        case ast.Constant(value=str(name)):
            return [name]
        case ast.JoinedStr():
            return states
        case ast.Attribute(attr="event"):
            return refusals
        case other:
            raise AssertionError(f"an event without a constant name: {ast.unparse(other)}")


def _states_of_an_answer(trees: list[ast.Module]) -> list[str]:
    """Give the states in which a call is answered: each gives its name to an event."""
    values = {
        node.targets[0].id: ast.literal_eval(node.value)
        for tree in trees
        for node in _class(tree, "State")
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    ends = (
        node.args[0]
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "ends"
    )
    return sorted({values[end.attr] for end in ends if isinstance(end, ast.Attribute)})


def _events_of_refusals(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for one in node.body:
                if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "event":
                    yield ast.literal_eval(one.value)


def _record_types(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in _class(tree, "Record"):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, _TYPES.get(ast.unparse(node.annotation).removesuffix(" | None"), "string")


def _class(tree: ast.Module, name: str) -> list[ast.stmt]:
    return next((node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name), [])


def _type(value: ast.expr, types: Mapping[str, str]) -> str | None:
    """Tell the type of `record.code`, and nothing of what is not a record's."""
    if isinstance(value, ast.Attribute) and ast.unparse(value.value) in {"record", "ended"}:
        return types.get(value.attr)
    return None
