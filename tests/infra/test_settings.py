"""The app's settings in Azure are those that it reads."""

import ast
import re

import pytest

from shared.core.routing.decisions import RejectReason
from shared.settings import settings
from shared.settings.clouds import CLOUDS
from tests.infra.reading import INFRA, MAIN, ROOT, File, Value, parsed, read

_SETTINGS = {"missedCallFormat": "MISSED_CALL_FORMAT", "missedCallCaller": "MISSED_CALL_CALLER"}
_FROM_ELSEWHERE = {
    "MANAGED_IDENTITY_CLIENT_ID": "identity.outputs.clientId",
    "TABLES_ENDPOINT": "storage.outputs.tablesEndpoint",
    "RETENTION_DAYS": "string(callRetentionDays)",
    "WARM_UP": "'true'",
}
_NOT_ON_AZURE = {
    "BOT_CLIENT_SECRET": "the managed identity proves the bot",
    "TABLES_CONNECTION_STRING": "the storage account takes no keys",
}


def test_infra_sets_what_the_app_reads_and_nothing_else() -> None:
    assert _app_settings().keys() == set(settings.NAMES) - _NOT_ON_AZURE.keys()


def test_each_setting_is_the_parameter_of_its_name_as_text_or_what_is_said_here() -> None:
    parameters = {name.upper(): name for name in read(MAIN).parameters}
    texts = {"string": "{}", "int": "string({})", "string[]": "join({}, ' ')"}

    expected = dict(_FROM_ELSEWHERE)
    for setting in _app_settings().keys() - _FROM_ELSEWHERE.keys():
        parameter = parameters[setting.replace("_", "")]
        expected[setting] = texts[read(MAIN).parameters[parameter].type].format(parameter)

    assert _app_settings() == expected


def test_the_app_takes_what_infra_sets() -> None:
    taken = settings.Settings.from_env(_as_deployed())

    assert taken.allowed_tenant_ids == {taken.bot_tenant_id}
    assert taken.graph_url == CLOUDS["usgov"].graph
    assert taken.public_base_url == "https://func-callredirect.example"
    assert len(taken.fallback_targets) == 2
    assert taken.warm_up


@pytest.mark.parametrize(
    ("parameter", "name"), [("configTtlSeconds", "CONFIG_TTL_SECONDS"), ("callRetentionDays", "RETENTION_DAYS")]
)
def test_the_app_takes_the_least_and_the_most_that_a_parameter_allows(parameter: str, name: str) -> None:
    bounds = read(MAIN).parameters[parameter].decorators

    for bound in ("minValue", "maxValue"):
        settings.Settings.from_env(_as_deployed() | {name: bounds[bound]})


def test_the_choices_of_a_parameter_are_those_of_the_app() -> None:
    parameters = read(MAIN).parameters

    assert _choices(parameters["cloud"].decorators["allowed"]) == set(CLOUDS)
    assert _choices(parameters["unroutable"].decorators["allowed"]) == {*RejectReason, "ring"}
    for parameter, name in _SETTINGS.items():
        for choice in _choices(parameters[parameter].decorators["allowed"]):
            settings.Settings.from_env(_as_deployed() | {name: choice})


def test_an_instance_takes_no_more_calls_than_the_app_has_threads() -> None:
    tree = ast.parse((ROOT / "shared" / "wiring" / "threads.py").read_text(encoding="utf-8"))
    (threads,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "MOST"
    )
    found = re.search(r"param perInstanceConcurrency int = (\d+)", MAIN.read_text(encoding="utf-8"))

    assert found
    assert int(found[1]) == 100
    assert int(found[1]) <= threads


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("BOT_APP_ID: botAppId", "BOT_APPID: botAppId"), ("      WARM_UP: 'true'\n", ""), ("WARM_UP:", "WARMUP:")],
)
def test_a_setting_that_is_misspelt_or_left_out_is_found(right: str, wrong: str) -> None:
    source = MAIN.read_text(encoding="utf-8")
    assert right in source

    broken = parsed(source.replace(right, wrong).encode())

    assert not _agrees(broken)


def _as_deployed() -> dict[str, str]:
    values = {
        "BOT_APP_ID": "0d7a1c40-0000-4000-8000-000000000001",
        "BOT_TENANT_ID": "0d7a1c40-0000-4000-8000-000000000002",
        "MANAGED_IDENTITY_CLIENT_ID": "0d7a1c40-0000-4000-8000-000000000003",
        "TABLES_ENDPOINT": "https://stcallredirect.table.example/",
        "CLOUD": "usgov",
        "CONFIG_TTL_SECONDS": "30",
        "FALLBACK_TARGETS": "+12345678901 0d7a1c40-0000-4000-8000-000000000004",
        "UNROUTABLE": "busy",
        "TIME_ZONE": "UTC",
        "RETENTION_DAYS": "90",
        "WARM_UP": "true",
    }
    empty = dict.fromkeys(_app_settings().keys() - values.keys(), "")
    return values | empty | {"WEBSITE_HOSTNAME": "func-callredirect.example"}


def _agrees(main: File) -> bool:
    return _app_settings(main).keys() == set(settings.NAMES) - _NOT_ON_AZURE.keys()


def _app_settings(main: File | None = None) -> dict[str, Value]:
    """Give the app's own settings: those that main names, and the secret, which the module adds."""
    named = (main or read(MAIN)).modules["function"].params["appSettings"]
    properties = read(INFRA / "modules" / "function.bicep").resources["settings"].body["properties"]
    assert isinstance(named, dict)
    assert isinstance(properties, dict)
    united = properties["union()"]
    assert isinstance(united, list)
    assert united[0] == "appSettings"
    added = united[1]
    assert isinstance(added, dict)
    return named | {"MISSED_CALL_WEBHOOK": added["MISSED_CALL_WEBHOOK"]}


def _choices(written: str) -> set[str]:
    return set(re.findall(r"'(\w+)'", written))
