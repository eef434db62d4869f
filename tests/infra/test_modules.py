"""The modules fit together: each is called as it wants to be, and gives out what is wanted of it."""

import json
import re
import string
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.infra.reading import FILES, INFRA, MAIN, ROOT, File, Value, parsed, read

# What a module gets; all else it gets is main's own parameter of the same name.
_GIVEN: dict[str, dict[str, Value]] = {
    "identity": {"name": "'id-${name}-${suffix}'"},
    "monitoring": {
        "workspaceName": "'log-${name}-${suffix}'",
        "appInsightsName": "'appi-${name}-${suffix}'",
        "retentionDays": "logRetentionDays",
        "dailyQuotaGb": "logDailyQuotaGb",
        "publisherPrincipalId": "identity.outputs.principalId",
    },
    "storage": {
        "name": "take('st${name}${suffix}', 24)",
        "appPrincipalId": "identity.outputs.principalId",
        "workspaceId": "monitoring.outputs.workspaceId",
    },
    "function": {
        "name": "'func-${name}-${suffix}'",
        "planName": "'asp-${name}-${suffix}'",
        "identityId": "identity.outputs.id",
        "identityClientId": "identity.outputs.clientId",
        "appInsightsName": "monitoring.outputs.appInsightsName",
        "blobEndpoint": "storage.outputs.blobEndpoint",
        "packageContainer": "storage.outputs.packageContainer",
    },
    "bot": {"name": "'bot-${name}-${suffix}'", "sku": "botSku", "appId": "botAppId", "tenantId": "botTenantId"},
    "alerts": {"workspaceId": "monitoring.outputs.workspaceId", "emails": "alertEmails"},
    "workbook": {
        "displayName": "'Call Redirect (${name})'",
        "workspaceId": "monitoring.outputs.workspaceId",
        "appPrincipalId": "identity.outputs.principalId",
    },
}
_HELD_BY_OTHER_TESTS = {"appSettings"}  # test_settings.py
_SUFFIX = "x7k2qp"
_LITERALS = {"string": "'.*'", "int": r"-?\d+", "bool": "true|false"}
_TYPES_OF_CALLS = {"concat": "array", "join": "string", "string": "string", "take": "string", "uniqueString": "string"}

_DECORATORS = {"allowed", "description", "maxLength", "maxValue", "minLength", "minValue", "secure"}
_FUNCTIONS = {
    "any",
    "concat",
    "contains",
    "empty",
    "environment",
    "fail",
    "filter",
    "guid",
    "flatten",
    "items",
    "join",
    "length",
    "loadTextContent",
    "map",
    "max",
    "range",
    "replace",
    "resourceGroup",
    "string",
    "subscriptionResourceId",
    "substring",
    "take",
    "tenant",
    "union",
    "uniqueString",
    "uri",
}

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(INFRA).as_posix())


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


@pytest.mark.parametrize("symbol", _GIVEN)
def test_main_gives_each_module_what_is_meant_for_it(symbol: str) -> None:
    module = read(MAIN).modules[symbol]

    given = {name: value for name, value in module.params.items() if name not in _HELD_BY_OTHER_TESTS}

    assert given == {name: name for name in given} | _GIVEN[symbol]
    assert (module.path, module.loop, module.condition) == (f"modules/{symbol}.bicep", None, None)


def test_main_calls_each_module_as_it_wants_to_be_called() -> None:
    assert _broken_calls(read(MAIN)) == []


@pytest.mark.parametrize("bound", ["minLength", "maxLength"])
def test_the_names_of_resources_are_legal_however_short_or_long_the_deployments_is(bound: str) -> None:
    name = "a" * int(read(MAIN).parameters["name"].decorators[bound])

    for symbol, module in read(MAIN).modules.items():
        for parameter, one in read(INFRA / module.path).parameters.items():
            if parameter.lower().endswith("name") and "${name}" in (value := str(module.params[parameter])):
                made = _made(value, name)
                assert int(one.decorators["minLength"]) <= len(made) <= int(one.decorators["maxLength"])
                assert re.fullmatch(r"[a-z0-9]+" if symbol == "storage" else r"\w[\w ()-]+", made)
                assert made.endswith(_SUFFIX) == ("${suffix}" in value)


def test_a_name_that_a_storage_account_cannot_have_is_refused_before_anything_is_made() -> None:
    file = read(MAIN)
    wrong, right, suffix = (str(file.variables[name]) for name in ("wrongInName", "rightName", "suffix"))

    taken = re.search(r"i => !contains\('(\w+)', substring\(name, i, 1\)\)\)$", wrong)
    assert taken
    assert taken[1] == string.ascii_lowercase + string.digits
    assert right.startswith("empty(wrongInName) ? name : fail('The parameter name ")
    assert "rightName" in suffix
    assert [symbol for symbol, one in file.modules.items() if one.body != {"name": f"'{symbol}-${{suffix}}'"}] == []


def test_microsoft_posts_calls_to_the_route_that_takes_them() -> None:
    host = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))
    function = (ROOT / "function_app.py").read_text(encoding="utf-8")
    found = re.search(r'@app.route\("([\w/]+)", methods=\["POST", .*\]\)\nasync def incoming', function)
    assert found

    file = read(MAIN)

    path = f"{host['extensions']['http']['routePrefix']}/{found[1]}"
    assert file.variables["callingWebhook"] == f"'${{baseUrl}}/{path}'"


def test_every_module_is_called() -> None:
    modules = read(MAIN).modules

    assert modules.keys() == _GIVEN.keys()
    assert {module.path for module in modules.values()} == {
        path.relative_to(INFRA).as_posix() for path in FILES if path.parent.name == "modules"
    }


@each_file
def test_a_file_gives_out_no_secret(path: Path) -> None:
    file = read(path)
    secrets = {name for name, one in file.parameters.items() if "secure" in one.decorators}

    given_out = {word for one in file.outputs.values() for word in re.findall(r"\w+", str(one.value))}

    assert given_out & secrets == set()
    assert {one.type for one in file.outputs.values()} <= {"string"}


@pytest.mark.parametrize(
    ("right", "wrong", "found"),
    [
        ("    planName: 'asp-${name}-${suffix}'\n", "", "function lacks planName"),
        ("    planName:", "    plan: 1\n    planName:", "function has no parameter plan"),
        ("identity.outputs.clientId", "identity.outputs.clientID", "identity has no output clientID"),
        ("dailyQuotaGb: logDailyQuotaGb", "dailyQuotaGb: name", "monitoring wants dailyQuotaGb as int, not string"),
        ("    tags: tags\n    sku", "    tags: alertEmails\n    sku", "bot wants tags as object, not string[]"),
        ("rollingUpdate: rollingUpdate", "rollingUpdate: 'yes'", "function wants rollingUpdate as bool, not string"),
        ("rollingUpdate: rollingUpdate", "rollingUpdate: 1", "function wants rollingUpdate as bool, not int"),
        ("emails: alertEmails", "emails: storage.outputs.name", "alerts wants emails as string[], not string"),
    ],
)
def test_a_broken_call_is_found(right: str, wrong: str, found: str) -> None:
    source = MAIN.read_text(encoding="utf-8")
    assert right in source

    broken = parsed(source.replace(right, wrong).encode())

    assert found in _broken_calls(broken)


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


@pytest.mark.parametrize(
    "source",
    [
        "param a string\nparam a string",
        "param a string\nvar a = 1",
        "output a string = 'b'\noutput a string = 'b'",
        "@maxLength(1)\n@maxLength(2)\nparam a string",
        "var a = {\n  b: 1\n  b: 2\n}",
    ],
)
def test_what_is_declared_twice_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match=r"declared twice: [abm]"):
        parsed(source.encode())


def _undeclared(file: File) -> frozenset[str]:
    declared = {*file.parameters, *file.variables, *file.modules, *file.resources}
    return (file.used_symbols - declared) | (file.called_functions - _FUNCTIONS - _DECORATORS)


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
            f"{symbol} wants {name} as {wanted[name].type}, not {given}"
            for name, value in module.params.items()
            if name in wanted and (given := _type(value, main, called)) not in {wanted[name].type, ""}
        ]
    found += [
        f"{symbol} has no output {output}"
        for symbol, output in main.used_outputs
        if output not in called[symbol].outputs
    ]
    return found


def _type(value: Value, main: File, called: Mapping[str, File]) -> str:
    """Give the type of an expression; "" where nothing tells it."""
    if not isinstance(value, str):
        return "array" if isinstance(value, list) else "object"
    if value in main.parameters:
        return main.parameters[value].type
    if value in main.variables:
        return _type(main.variables[value], main, called)
    if found := re.fullmatch(r"(\w+)\.outputs\.(\w+)", value):
        output = called[found[1]].outputs.get(found[2])
        return output.type if output else ""
    literals = (kind for kind, form in _LITERALS.items() if re.fullmatch(form, value))
    return next(literals, _TYPES_OF_CALLS.get(value.partition("(")[0], ""))


def _made(expression: str, name: str) -> str:
    """Give the name that an expression of `take`, a string, `name` and `suffix` makes."""
    found = re.fullmatch(r"(?:take\()?'(.*?)'(?:, (\d+)\))?", expression)
    assert found
    return found[1].replace("${name}", name).replace("${suffix}", _SUFFIX)[: int(found[2]) if found[2] else None]
