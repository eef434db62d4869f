"""The checks that come before anything is changed: which there are, and those of the tools and the log-in."""

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from deploy import availability, cli_output, editors, permissions
from deploy.settings import AZURE_CLOUDS, Settings
from deploy.steps import SIGNED_IN, Check, Facts, Run

NEEDED_AZ = (2, 60)
NEEDED_AZ_TO_PREVIEW = (2, 76)  # the first with --validation-level
# What the quickstarts of Azure-Samples for Python on Flex Consumption ask for. Python 3.13 itself came to func later
# (azure-functions-core-tools pull request 4454); an older one warns of it, and publishes.
NEEDED_FUNC = (4, 0, 7030)
_UPDATE_FUNC = "npm install -g azure-functions-core-tools@4"
_GET_BICEP = (
    "az cannot install Bicep, which the templates are written in. Behind a proxy: set HTTPS_PROXY, and "
    "REQUESTS_CA_BUNDLE to a file with your organisation's certificates, then az bicep install; or put bicep from "
    "https://github.com/Azure/bicep/releases on PATH, then az config set bicep.use_binary_from_path=true"
)
_TEXT = re.compile(r"\S(.*\S)?")
_TIME = re.compile(r"\d{4}-\d\d-\d\d.*")
_ACCOUNT = ("SUBSCRIPTION_ID", "SUBSCRIPTION", "TENANT_ID", "AZURE_CLOUD", "SIGNED_IN_AS", "REGISTRATION", "USER_ID")


def before_deploying(settings: Settings, *, skip_rights: bool) -> tuple[Check, ...]:
    group = settings.resource_group
    checks = [
        _az(NEEDED_AZ),
        Check(
            Run(
                name="func",
                purpose="is Azure Functions Core Tools 4 there",
                command=("func", "--version"),
                remedy=f"install Azure Functions Core Tools 4: {_UPDATE_FUNC}",
                learn=lambda text: {"FUNC_VERSION": cli_output.version(text)},
                gives=("FUNC_VERSION",),
            ),
            _older("FUNC_VERSION", NEEDED_FUNC, "func", _UPDATE_FUNC),
        ),
        *_signed_in(settings),
        _group(group),
        *([permissions.signed_in_user(settings)] if settings.editors == "me" or not skip_rights else []),
        *([] if skip_rights else permissions.of_resources(group)),
        availability.providers(),
        availability.location(settings),
        *_editors(settings),
        _bicep(),
    ]
    if settings.entra:
        checks.append(_shell())
    if settings.entra and not settings.bot_app_id and not skip_rights:
        checks.append(permissions.of_the_directory(settings))
    return tuple(checks)


def before_previewing(settings: Settings) -> tuple[Check, ...]:
    group = _existing_group(settings.resource_group)
    you = [permissions.signed_in_user(settings)] if settings.editors == "me" else []
    return _az(NEEDED_AZ_TO_PREVIEW), *_signed_in(settings), *you, group, *_editors(settings), _bicep()


def before_next_steps(settings: Settings) -> tuple[Check, ...]:
    return _az(NEEDED_AZ), *_signed_in(settings), _existing_group(settings.resource_group)


def before_deleting(settings: Settings) -> tuple[Check, ...]:
    return _az(NEEDED_AZ), *_signed_in(settings), _group(settings.resource_group)


def _az(needed: tuple[int, ...]) -> Check:
    page = "https://learn.microsoft.com/cli/azure/install-azure-cli"
    return Check(
        Run(
            name="az",
            purpose="is the Azure CLI there",
            command=("az", "version", "--output", "json"),
            remedy=f"install the Azure CLI: {page}",
            learn=lambda text: {"AZ_VERSION": cli_output.version(json.loads(text)["azure-cli"])},
            gives=("AZ_VERSION",),
        ),
        _older("AZ_VERSION", needed, "az", "az upgrade"),
    )


def _signed_in(settings: Settings) -> tuple[Check, ...]:
    def elsewhere(facts: Facts) -> Iterator[str]:
        cloud = AZURE_CLOUDS[settings.cloud]
        if facts["AZURE_CLOUD"] != cloud:
            yield f"az is set to {facts['AZURE_CLOUD']}, CLOUD={settings.cloud} to {cloud}: az cloud set --name {cloud}"
        if settings.subscription.lower() not in {"", facts["SUBSCRIPTION_ID"].lower(), facts["SUBSCRIPTION"].lower()}:
            yield (
                f"az is set to the subscription {facts['SUBSCRIPTION']}: "
                f"az account set --subscription '{settings.subscription}'"
            )
        if settings.editors == "me" and facts["SIGNED_IN_AS"] != "user":
            yield "EDITORS=me needs a person; a service principal names a group, or leaves EDITORS blank"

    return (
        Check(
            Run(
                name="log-in",
                purpose="is az signed in, now",
                # az account show would answer long after the log-in has expired.
                command=("az", "account", "get-access-token", "--query", "expiresOn", "--output", "tsv"),
                remedy="sign in: az login",
                learn=lambda text: {"SIGNED_IN_UNTIL": cli_output.one(text, _TIME)},
                gives=SIGNED_IN,
            )
        ),
        Check(
            Run(
                name="subscription",
                purpose="is it the right subscription and cloud",
                command=("az", "account", "show", "--output", "json"),
                remedy="sign in: az login",
                learn=functools.partial(_account, settings),
                gives=_ACCOUNT,
                after=SIGNED_IN,
            ),
            elsewhere,
        ),
    )


def _account(settings: Settings, text: str) -> Facts:
    account: Mapping[str, Any] = json.loads(text)
    user = account["user"]
    subscription = cli_output.guid(account["id"])
    facts = {
        "SUBSCRIPTION_ID": subscription,
        "SUBSCRIPTION": cli_output.one(account["name"], _TEXT),
        "TENANT_ID": cli_output.guid(account["tenantId"]),
        "AZURE_CLOUD": cli_output.one(account["environmentName"]),
        "SIGNED_IN_AS": cli_output.one(user["type"]),
        "REGISTRATION": settings.registration(subscription),
    }
    # A service principal is named by its app id; a managed identity is not, and then its roles are not looked up.
    name = cli_output.one(user["name"], _TEXT)
    return facts | {"USER_ID": name} if user["type"] != "user" and cli_output.GUID.fullmatch(name) else facts


def _group(group: str) -> Check:
    return Check(
        Run(
            name="group",
            purpose="is there the resource group already",
            command=("az", "group", "exists", "--name", group, "--output", "tsv"),
            remedy="the resource group cannot be asked for",
            learn=lambda text: {"GROUP_EXISTS": cli_output.boolean(text)},
            gives=("GROUP_EXISTS",),
            after=SIGNED_IN,
        )
    )


def _editors(settings: Settings) -> tuple[Check, ...]:
    return () if settings.editors in {"", "me"} else (editors.kind(settings),)


def _bicep() -> Check:
    """Az fetches Bicep by itself at its first use: after the group and the registration are made, if not here."""
    install = Run(
        name="bicep",
        purpose="have az install Bicep on this machine",
        command=("az", "bicep", "install"),
        remedy=_GET_BICEP,
        learn=lambda _: {},
    )
    return Check(replace(install, purpose="can az run Bicep", command=("az", "bicep", "version"), otherwise=install))


def _existing_group(group: str) -> Check:
    def lacks(facts: Facts) -> Iterator[str]:
        if facts["GROUP_EXISTS"] != "true":
            yield f"there is no resource group {group}; make deploy makes it"

    return Check(_group(group).run, lacks)


def _shell() -> Check:
    return Check(
        Run(
            name="bash",
            purpose="infra/entra.sh is written for it",
            command=("bash", "-c", "exit 0"),
            remedy="install bash, or work in Azure Cloud Shell or WSL",
            learn=lambda _: {},
        )
    )


def _older(fact: str, needed: tuple[int, ...], tool: str, upgrade: str) -> Callable[[Facts], Iterator[str]]:
    def lacks(facts: Facts) -> Iterator[str]:
        version = tuple(int(part) for part in re.findall(r"\d+", facts[fact])[:3])
        if version < needed:
            yield f"{tool} is {facts[fact]}, {'.'.join(map(str, needed))} or later is needed: {upgrade}"

    return lacks
