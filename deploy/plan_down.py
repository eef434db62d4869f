"""The plan of taking a deployment away again."""

from collections.abc import Iterator

from deploy import cli_output
from deploy.settings import Settings
from deploy.steps import Confirm, Facts, Found, Run, Step, partly_filled
from shared.settings.clouds import CLOUDS


def plan(settings: Settings, *, ask: bool, wait: bool) -> tuple[Step, ...]:
    return tuple(_steps(settings, ask=ask, wait=wait))


def _steps(settings: Settings, *, ask: bool, wait: bool) -> Iterator[Step]:
    group = settings.resource_group
    yield Run(
        name="ours",
        purpose="was Call Redirect deployed there, and with which registration",
        command=(
            *("az", "deployment", "group", "show", "--resource-group", group, "--name", settings.deployment),
            *("--query", "properties.parameters.botAppId.value", "--output", "tsv"),
        ),
        remedy=_undeployed(settings),
        learn=lambda text: {"BOT_APP_ID": cli_output.guid(text)},
        gives=("BOT_APP_ID",),
    )
    yield Run(
        name="contents",
        purpose="show all that goes, also what somebody else put into the group",
        command=(
            *("az", "resource", "list", "--resource-group", group),
            *("--query", "[].{type:type, name:name}", "--output", "table"),
        ),
        remedy="the group's contents cannot be read, so nothing was deleted",
    )
    if ask:
        question = f"All of this goes, with every row and every record of a call. Type the group's name, {group}: "
        yield Confirm(question, group, "Nothing was deleted.")
    yield Run(
        name="delete",
        purpose="delete the resource group" + ("" if wait else "; Azure goes on by itself"),
        command=("az", "group", "delete", "--name", group, "--yes", *(() if wait else ("--no-wait",))),
        remedy="Azure did not delete it all: a lock may hold it (az lock list); then run `make undeploy` again",
        seconds=3600.0,
    )


def _undeployed(settings: Settings) -> Found:
    """Say what a deployment that stopped early leaves: the group, and the registration where it made one."""
    group = settings.resource_group
    lines = [
        f"there is no deployment {settings.deployment} in {group} to be seen, so nothing was deleted.",
        "A `make deploy` that stopped before it leaves the group; to delete it, if nothing of others is in it:",
        f"  az group delete --name '{group}'",
    ]
    if not settings.bot_app_id:
        lines += ["and the bot's app registration, $REGISTRATION. Its id, and to delete it:", *_by_name(settings)]
    return Found("\n".join(lines))


def _by_name(settings: Settings) -> tuple[str, ...]:
    application = f"{CLOUDS[settings.cloud].graph}/v1.0/applications(uniqueName='$REGISTRATION')"
    return (
        f'  az rest --method get --url "{application}" --query appId --output tsv',
        "  az ad app delete --id ID",
    )


def left_over(settings: Settings, facts: Facts) -> Iterator[str]:
    yield "Left, because templates did not make it or other things may need it:"
    if "BOT_APP_ID" in facts:
        yield f"  the bot's app registration: az ad app delete --id {facts['BOT_APP_ID']}"
    else:
        yield partly_filled(
            Found("  the bot's app registration, $REGISTRATION, if there is one. Its id, and to delete it:"), facts
        )
        yield from (f"  {partly_filled(Found(line), facts)}" for line in _by_name(settings))
    yield "  resource accounts and their numbers, in Teams PowerShell:"
    yield "    Remove-CsPhoneNumberAssignment -Identity line@YOUR-DOMAIN -RemoveAll"
    yield "    and delete the account in the Microsoft 365 admin center, under Users"
    yield "  the Teams app: Teams admin center, Teams apps, Manage apps"
