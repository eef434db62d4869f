"""A tool that ends well and prints nothing, or something else: that is no fact, and nothing is done upon it."""

import functools
import json
from collections.abc import Callable, Mapping

import pytest

from deploy import cli_output, plan_up, settings
from deploy.steps import Run
from tests.support.azure import BOT, SETTINGS, Azure, changes

odd = pytest.mark.parametrize(
    "printed",
    ["", "None", '{"odd": [1, {"x": null}]}', pytest.param("[" * 100_000, id="deep")],
)


@odd
@pytest.mark.parametrize(
    "name", ["until", "account", "exists", "you", "providers", "locations", "az-version", "func-version"]
)
def test_a_check_with_no_clear_answer_is_missing(azure: Azure, name: str, printed: str) -> None:
    azure.will_answer(name, printed)

    assert azure.up("--yes") == 3, azure.output
    assert [line for line in azure.said if line.endswith("(what it printed is not what was expected)")]
    assert list(changes(azure.commands)) == []


@odd
@pytest.mark.parametrize("name", ["roles", "directory"])
def test_rights_with_no_clear_answer_are_noted_only(azure: Azure, name: str, printed: str) -> None:
    azure.will_answer(name, printed)

    assert azure.up("--yes") == 0
    assert [line for line in azure.said if line.startswith("  note: your ")]


@odd
@pytest.mark.parametrize(
    ("name", "step", "unmade"),
    [
        ("app-id", "registration", "resources"),
        ("deployments", "first time", "resources"),
        ("outputs", "outputs", "credential"),
        ("credentials", "credential", "credential"),
    ],
)
def test_a_step_with_no_clear_answer_fails(azure: Azure, name: str, step: str, unmade: str, printed: str) -> None:
    azure.will_answer(name, printed)

    assert azure.up("--yes", *([f"BOT_APP_ID={BOT}"] if name == "credentials" else [])) == 1
    assert f"\n{step} failed: " in azure.output
    assert unmade not in azure.made


_OUTPUTS = {
    "functionAppName": "func-callredirect-x7k2qp",
    "functionHostName": "func-callredirect-x7k2qp.azurewebsites.net",
    "callingWebhook": "https://func-callredirect-x7k2qp.azurewebsites.net/api/calls",
    "storageAccountName": "stcallredirectx7k2qp",
    "identityPrincipalId": "5a1e5000-0000-4000-8000-00000000000c",
}


@pytest.mark.parametrize("name", _OUTPUTS)
@pytest.mark.parametrize("value", ["", "a b", "contoso.com/x?", None, 5, ["x"], "--help", "x\ny", "None"])
def test_an_output_of_another_shape_is_none(name: str, value: object) -> None:
    configured = settings.settings(dict(word.split("=", 1) for word in SETTINGS), {})
    (read,) = (step for step in plan_up.plan(configured, ask=False) if isinstance(step, Run) and step.name == "outputs")
    assert read.learn is not None

    assert len(read.learn(_printed(_OUTPUTS))) == len(_OUTPUTS)
    with pytest.raises((ValueError, TypeError)):
        read.learn(_printed({**_OUTPUTS, name: value}))


def _printed(outputs: Mapping[str, object]) -> str:
    return json.dumps({name: {"type": "String", "value": value} for name, value in outputs.items()})


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        *(
            (read, printed)
            for read in (cli_output.one, cli_output.guid, cli_output.boolean)
            for printed in ("", "None", "a b", "a\nb")
        ),
        *((cli_output.count, printed) for printed in ("", "-1", "1.0", "one", "1\n2")),
        *((cli_output.version, printed) for printed in ("", "None", "four", "v4")),
        *((cli_output.texts, printed) for printed in ("", "null", "{}", '"a"', "[1]", '[""]', '[["a"]]', "[null, {}]")),
        *(
            (functools.partial(cli_output.members, name="a"), printed)
            for printed in ("", "{}", "[1]", "[{}]", "[null]")
        ),
    ],
)
def test_what_has_another_shape_is_refused_and_not_quoted(read: Callable[[str], object], printed: str) -> None:
    with pytest.raises((ValueError, TypeError, LookupError)) as raised:
        read(printed)

    assert len(printed) < 2 or printed not in str(raised.value)


@pytest.mark.parametrize(
    ("read", "printed", "value"),
    [
        (cli_output.one, "a\r\n", "a"),
        (cli_output.boolean, "True\n", "true"),
        (cli_output.count, "12\n", 12),
        (cli_output.version, "a newer one is there\n4.0.7030\n", "4.0.7030"),
        (cli_output.texts, '["a b", null]', ["a b"]),
        (functools.partial(cli_output.members, name="a"), '[{"a": null}, {"a": true}]', [None, True]),
    ],
)
def test_what_has_the_shape_is_read(read: Callable[[str], object], printed: str, value: object) -> None:
    assert read(printed) == value


@odd
def test_a_table_with_no_clear_answer_is_not_written(azure: Azure, printed: str) -> None:
    azure.will_answer("rows", printed)

    assert azure.up("--yes") == 0
    assert not {"rows-targets", "rows-routes"} & azure.made


@odd
@pytest.mark.parametrize(("name", "code"), [("exists", 3), ("bot", 1)])
def test_nothing_is_deleted_upon_no_clear_answer(azure: Azure, name: str, code: int, printed: str) -> None:
    azure.up("--yes")
    azure.will_answer(name, printed)

    assert azure.down("--yes") == code
    assert "nothing to delete" not in azure.output
    assert azure.matching("az group delete") == []


def test_a_managed_identity_has_no_id_to_look_roles_up_by(azure: Azure) -> None:
    user = {"name": "systemAssignedIdentity", "type": "servicePrincipal"}
    azure.will_answer("account", {**_ACCOUNT, "user": user})

    assert azure.up("--yes", "EDITORS=", f"BOT_APP_ID={BOT}", "ENTRA=leave") == 0
    assert azure.matching("role assignment list") == []


_ACCOUNT = {
    "environmentName": "AzureCloud",
    "id": "0b1f6471-1bf0-4dda-aec3-cb9272f09590",
    "name": "Telephony",
    "tenantId": "632899f8-2ea1-4604-8413-27bd2892079f",
}


@pytest.mark.parametrize("name", ["id", "tenantId", "environmentName", "name"])
@pytest.mark.parametrize("value", ["", None])
def test_an_account_of_another_shape_is_none(azure: Azure, name: str, value: object) -> None:
    azure.will_answer("account", {**_ACCOUNT, "user": {"name": "anna@contoso.com", "type": "user"}, name: value})

    assert azure.up("--yes") == 3
    assert "sign in: az login (what it printed is not what was expected)" in azure.output
