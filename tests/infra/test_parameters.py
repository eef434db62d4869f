"""Parameters are described and bounded, and what is given for them is within their bounds."""

import re
from pathlib import Path

import pytest

from tests.infra.reading import FILES, INFRA, MAIN, ROOT, Parameter, Value, parsed, read

_PARAMETER_FILE = INFRA / "main.bicepparam"
_BOUNDS = {
    "string": {"maxLength"},
    "string[]": {"maxLength"},
    "int": {"minValue", "maxValue"},
    "bool": set(),
    "object": set(),
}
_LITERALS = {"string": r"'[^$]*'", "int": r"-?\d+", "bool": "true|false"}

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(INFRA).as_posix())


@each_file
def test_every_parameter_is_described_and_bounded(path: Path) -> None:
    assert [name for name, one in read(path).parameters.items() if not _is_tight(one)] == []


def test_the_documentation_has_the_defaults_of_the_switches() -> None:
    parameters = read(MAIN).parameters
    documented = re.findall(r"(?m)^\| `(\w+)` \| (\w+) \| ", (ROOT / "docs" / "deployment.md").read_text("utf-8"))

    assert len(documented) == 7
    assert [name for name, default in documented if str(parameters[name].default).strip("'") != default] == []


def test_modules_leave_nothing_to_a_default() -> None:
    modules = [path for path in FILES if path.parent.name == "modules"]

    assert [name for path in modules for name, one in read(path).parameters.items() if not one.is_required] == []


@each_file
def test_a_default_is_within_its_own_bounds(path: Path) -> None:
    parameters = read(path).parameters

    assert [name for name, one in parameters.items() if one.default is not None and not _takes(one, one.default)] == []


def test_a_parameter_of_main_has_the_bounds_of_the_modules_that_it_goes_to() -> None:
    main = read(MAIN)

    passed = [
        (given, main.parameters[given], read(INFRA / module.path).parameters[name])
        for module in main.modules.values()
        for name, given in module.params.items()
        if isinstance(given, str) and given in main.parameters
    ]

    assert len(passed) > len(main.modules)
    assert [name for name, mine, its in passed if _bounds(mine) != _bounds(its)] == []


def test_what_is_secret_stays_so_in_the_module_that_it_goes_to() -> None:
    main = read(MAIN)
    secrets = {name for name, one in main.parameters.items() if "secure" in one.decorators}

    into = {
        (symbol, name)
        for symbol, module in main.modules.items()
        for name, given in module.params.items()
        if secrets & set(re.findall(r"\w+", str(given)))
    }

    assert secrets == {"missedCallWebhook"}
    assert into == {("function", "missedCallWebhook")}
    assert "secure" in read(INFRA / "modules" / "function.bicep").parameters["missedCallWebhook"].decorators


@each_file
def test_what_if_can_show_every_object(path: Path) -> None:
    """One secret in an object hides all of it."""
    kinds = {one.type for one in read(path).parameters.values() if "secure" in one.decorators}

    assert kinds <= {"string"}


@each_file
def test_a_list_says_what_is_in_it(path: Path) -> None:
    """An object cannot: pycep, by which checkov reads, knows no type for one."""
    assert "array" not in {one.type for one in read(path).parameters.values()}


def test_targets_that_ring_when_nothing_else_can_have_to_be_named() -> None:
    fallback = read(MAIN).parameters["fallbackTargets"]

    assert fallback.is_required
    assert fallback.decorators["minLength"] == "1"


def test_the_parameter_file_sets_what_main_requires_and_nothing_unknown() -> None:
    given, parameters = _given(), read(MAIN).parameters

    assert _PARAMETER_FILE.read_text(encoding="utf-8").startswith("using './main.bicep'\n")
    assert {name for name, one in parameters.items() if one.is_required} <= given.keys() <= parameters.keys()


def test_the_parameter_file_sets_what_main_takes() -> None:
    given, parameters = _given(), read(MAIN).parameters

    assert [(name, value) for name, value in given.items() if not _takes(parameters[name], value)] == []
    assert re.fullmatch(r"'[a-z0-9]+'", str(given["name"]))


def test_the_parameter_file_holds_no_secret() -> None:
    given, parameters = _given(), read(MAIN).parameters

    secrets = {name: value for name, value in given.items() if "secure" in parameters[name].decorators}

    assert secrets == {"missedCallWebhook": "readEnvironmentVariable('MISSED_CALL_WEBHOOK', '')"}


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
    assert not _is_tight(parsed(source.encode()).parameters["a"])


@pytest.mark.parametrize(
    ("declared", "wrong"),
    [
        ("@maxLength(3)\nparam a string", "'abcd'"),
        ("@minLength(36)\n@maxLength(36)\nparam a string", "'abcd'"),
        ("@minLength(1)\n@maxLength(3)\nparam a string[]", "[]"),
        ("@minValue(1)\n@maxValue(3)\nparam a int", "0"),
        ("@minValue(1)\n@maxValue(3)\nparam a int", "'2'"),
        ("@allowed(['b', 'c'])\nparam a string", "'d'"),
        ("@allowed([1, 2])\nparam a int", "3"),
        ("param a bool", "'true'"),
        ("param a object", "[]"),
        ("@maxLength(3)\nparam a string[]", "[1]"),
    ],
)
def test_what_a_parameter_does_not_take_is_found(declared: str, wrong: str) -> None:
    file = parsed(f"{declared}\nvar given = {wrong}\n".encode())

    assert not _takes(file.parameters["a"], file.variables["given"])


def _is_tight(parameter: Parameter) -> bool:
    is_bounded = "allowed" in parameter.decorators or _BOUNDS[parameter.type] <= set(parameter.decorators)
    return is_bounded and len(parameter.decorators.get("description", "")) > len("''")


def _bounds(parameter: Parameter) -> dict[str, str]:
    return {name: value for name, value in parameter.decorators.items() if name != "description"}


def _takes(parameter: Parameter, value: Value) -> bool:
    """Tell whether it takes a literal; of what is worked out at the deployment, nothing is known."""
    if isinstance(value, str) and not re.fullmatch("|".join(_LITERALS.values()), value):
        return True
    bounds = parameter.decorators
    if isinstance(value, str):
        is_right = re.fullmatch(_LITERALS.get(parameter.type, "(?!)"), value) is not None
        size = int(value) if re.fullmatch(_LITERALS["int"], value) else len(value) - len("''")
    else:
        are_texts = all(isinstance(one, str) and re.fullmatch(_LITERALS["string"], one) for one in value)
        is_right = parameter.type == ("object" if isinstance(value, dict) else "string[]" if are_texts else "")
        size = len(value)
    least, most = (bounds.get(f"{end}Value", bounds.get(f"{end}Length", size)) for end in ("min", "max"))
    is_allowed = "allowed" not in bounds or value in re.findall(r"'\w*'|\d+", bounds["allowed"])
    return is_right and is_allowed and int(least) <= size <= int(most)


def _given() -> dict[str, Value]:
    """Read the parameter file: but for its first line, it is Bicep of another keyword."""
    source = re.sub(r"(?m)^using .*$", "", _PARAMETER_FILE.read_text(encoding="utf-8"))
    return dict(parsed(re.sub(r"(?m)^param ", "var ", source).encode()).variables)
