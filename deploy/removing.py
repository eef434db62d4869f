"""The plan of taking a deployment away again."""

from collections.abc import Iterator

from deploy.settings import Settings
from deploy.steps import Confirm, Run, Step


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
        remedy=f"there is no deployment {settings.deployment} in {group}. To delete the group all the same: "
        f"az group delete --name '{group}'",
        learn=lambda text: {"BOT_APP_ID": text.strip()},
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


def closing(bot_app_id: str) -> Iterator[str]:
    yield "Left, because templates did not make it or other things may need it:"
    yield f"  the bot's app registration: az ad app delete --id {bot_app_id}"
    yield "  resource accounts and their numbers, in Teams PowerShell:"
    yield "    Remove-CsPhoneNumberAssignment -Identity line@YOUR-DOMAIN -RemoveAll"
    yield "    and delete the account in the Microsoft 365 admin center, under Users"
    yield "  the Teams app: Teams admin center, Teams apps, Manage apps"
