"""The modules fit together: parameters that exist, are described and bounded, and outputs that are there."""

import json
import re
from pathlib import Path

import pytest

from tests.infra.reading import FILES, INFRA, MAIN, ROOT, File, Parameter, parsed, read

_OUTPUTS = {
    "functionAppName": "function.outputs.name",
    "functionHostName": "function.outputs.hostName",
    "callingWebhook": "callingWebhook",
    "storageAccountName": "storage.outputs.name",
    "tablesEndpoint": "storage.outputs.tablesEndpoint",
    "identityClientId": "identity.outputs.clientId",
    "identityPrincipalId": "identity.outputs.principalId",
    "appInsightsName": "monitoring.outputs.appInsightsName",
    "workbookId": "workbook.outputs.id",
}
_BOUNDS = {
    "string": {"maxLength"},
    "array": {"maxLength"},
    "int": {"minValue", "maxValue"},
    "bool": set(),
    "object": set(),
}

_DECORATORS = {"allowed", "description", "maxLength", "maxValue", "minLength", "minValue", "secure"}
_FUNCTIONS = {
    "any",
    "concat",
    "empty",
    "environment",
    "guid",
    "join",
    "loadTextContent",
    "max",
    "resourceGroup",
    "string",
    "subscriptionResourceId",
    "take",
    "tenant",
    "union",
    "uniqueString",
    "uri",
}

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(INFRA).as_posix())


@each_file
def test_every_parameter_is_described_and_bounded(path: Path) -> None:
    assert _loose(read(path)) == []


def test_a_default_is_within_its_own_bounds() -> None:
    numbers = re.findall(
        r"@minValue\((-?\d+)\)\n@maxValue\((\d+)\)\nparam \w+ int = (-?\d+)", MAIN.read_text(encoding="utf-8")
    )

    assert len(numbers) == 7
    assert all(int(least) <= int(default) <= int(most) for least, most, default in numbers)


@each_file
def test_every_parameter_and_variable_is_used(path: Path) -> None:
    source, file = path.read_text(encoding="utf-8"), read(path)

    unused = [name for name in (*file.parameters, *file.variables) if len(re.findall(rf"\b{name}\b", source)) == 1]

    assert unused == []


@each_file
def test_every_name_is_declared_and_every_function_bicep_s_own(path: Path) -> None:
    assert not _undeclared(read(path))


@each_file
def test_a_loop_asks_its_items_for_what_all_of_them_have(path: Path) -> None:
    source, file = path.read_text(encoding="utf-8"), read(path)

    for item, array in re.findall(r"for (\w+) in (\w+):", source):
        items = file.variables.get(array, [])
        asked = set(re.findall(rf"\b{item}\.(\w+)", source))
        held = [set(one) for one in items if isinstance(one, dict)] if isinstance(items, list) else []
        assert [keys for keys in held if keys != asked] == []


def test_main_calls_each_module_as_it_wants_to_be_called() -> None:
    assert _broken_calls(read(MAIN)) == []


def test_a_parameter_goes_to_the_modules_under_its_own_name() -> None:
    file = read(MAIN)
    own = file.parameters.keys() - {"name"}

    astray = [
        (symbol, name, value)
        for symbol, module in file.modules.items()
        for name, value in module.params.items()
        if name in own and value != name
    ]

    assert astray == []


def test_microsoft_posts_calls_to_the_route_that_takes_them() -> None:
    host = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))
    function = (ROOT / "function_app.py").read_text(encoding="utf-8")
    found = re.search(r'@app.route\("([\w/]+)", methods=\["POST"\]\)\nasync def incoming', function)
    assert found

    file = read(MAIN)

    path = f"{host['extensions']['http']['routePrefix']}/{found[1]}"
    assert file.variables["callingWebhook"] == f"'${{baseUrl}}/{path}'"
    assert file.variables["baseUrl"] == (
        "empty(publicBaseUrl) ? 'https://${function.outputs.hostName}' : publicBaseUrl"
    )
    assert file.modules["bot"].params["callingWebhook"] == "callingWebhook"


def test_every_module_is_called() -> None:
    called = {module.path for module in read(MAIN).modules.values()}

    assert called == {path.relative_to(INFRA).as_posix() for path in FILES if path.parent.name == "modules"}


def test_main_gives_out_what_deployers_need_and_no_secret() -> None:
    file = read(MAIN)

    assert file.outputs == _OUTPUTS
    assert not any("listKeys" in path.read_text(encoding="utf-8") for path in FILES)
    assert not any("ConnectionString" in given for path in FILES for given in read(path).outputs.values())


def test_targets_that_ring_when_nothing_else_can_have_to_be_named() -> None:
    fallback = read(MAIN).parameters["fallbackTargets"]

    assert fallback.is_required
    assert fallback.decorators["minLength"] == "1"


@pytest.mark.parametrize(
    ("right", "wrong", "found"),
    [
        ("    planName: 'asp-${name}-${suffix}'\n", "", "function lacks planName"),
        ("    planName:", "    plan: 1\n    planName:", "function has no parameter plan"),
        ("identity.outputs.clientId", "identity.outputs.clientID", "identity has no output clientID"),
    ],
)
def test_a_broken_call_is_found(right: str, wrong: str, found: str) -> None:
    source = MAIN.read_text(encoding="utf-8")
    assert right in source

    broken = parsed(source.replace(right, wrong).encode())

    assert found in _broken_calls(broken)


@pytest.mark.parametrize(
    "source",
    [
        "@maxLength(3)\nparam a string",
        "@description('a')\nparam a string",
        "@description('a')\n@minValue(1)\nparam a int",
        "@description('')\nparam a bool",
    ],
)
def test_a_loose_parameter_is_found(source: str) -> None:
    assert _loose(parsed(source.encode())) == ["a"]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("param a string\noutput b string = '${aa}'", "aa"),
        ("var a = [for (x, i) in y: x]", "y"),
        ("resource r 'T@1' = {\n  name: nam\n}", "nam"),
        ("var a = conct('b')", "conct"),
    ],
)
def test_a_name_that_nobody_declared_is_found(source: str, name: str) -> None:
    assert _undeclared(parsed(source.encode())) == {name}


def _undeclared(file: File) -> frozenset[str]:
    declared = {*file.parameters, *file.variables, *file.modules, *file.resources}
    return (file.used_symbols - declared) | (file.called_functions - _FUNCTIONS - _DECORATORS)


def _loose(file: File) -> list[str]:
    return [name for name, parameter in file.parameters.items() if not _is_tight(parameter)]


def _is_tight(parameter: Parameter) -> bool:
    is_bounded = "allowed" in parameter.decorators or _BOUNDS[parameter.type] <= set(parameter.decorators)
    return is_bounded and len(parameter.decorators.get("description", "")) > len("''")


def _broken_calls(main: File) -> list[str]:
    found = []
    called = {symbol: read(INFRA / module.path) for symbol, module in main.modules.items()}
    for symbol, module in main.modules.items():
        wanted = called[symbol].parameters
        found += [f"{symbol} has no parameter {name}" for name in module.params if name not in wanted]
        found += [
            f"{symbol} lacks {name}"
            for name, parameter in wanted.items()
            if parameter.is_required and name not in module.params
        ]
    found += [
        f"{symbol} has no output {output}"
        for symbol, output in main.used_outputs
        if output not in called[symbol].outputs
    ]
    return found
