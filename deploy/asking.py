"""The checks that come before anything is changed: tools, log-in, rights, and what Azure offers."""

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from deploy import rights
from deploy.settings import AZURE_CLOUDS, Settings
from deploy.steps import Check, Facts, Run

NEEDED_AZ = (2, 60)
NEEDED_FUNC = (4,)
_SIGNED_IN = ("SIGNED_IN_UNTIL",)
_ACCOUNT = ("SUBSCRIPTION_ID", "SUBSCRIPTION", "TENANT_ID", "AZURE_CLOUD", "SIGNED_IN_AS", "REGISTRATION", "USER_ID")
_PROVIDERS = (
    "Microsoft.Web",
    "Microsoft.Storage",
    "Microsoft.Insights",
    "Microsoft.OperationalInsights",
    "Microsoft.BotService",
    "Microsoft.ManagedIdentity",
)


def before_deploying(settings: Settings) -> tuple[Check, ...]:
    group = settings.resource_group
    checks = [
        _az(),
        Check(
            Run(
                name="func",
                purpose="is Azure Functions Core Tools 4 there",
                command=("func", "--version"),
                remedy="install Azure Functions Core Tools 4: npm install -g azure-functions-core-tools@4",
                learn=lambda text: {"FUNC_VERSION": text.strip()},
                gives=("FUNC_VERSION",),
            ),
            _older("FUNC_VERSION", NEEDED_FUNC, "func", "npm install -g azure-functions-core-tools@4"),
        ),
        *_signed_in(settings),
        _group(group),
        rights.who(settings),
        *rights.of_resources(group),
        Check(
            Run(
                name="providers",
                purpose="are the resource providers registered",
                command=("az", "provider", "list", "--query", _REGISTERED, "--output", "json"),
                remedy="the resource providers cannot be read",
                learn=lambda text: {"PROVIDERS": " ".join(json.loads(text))},
                gives=("PROVIDERS",),
                after=_SIGNED_IN,
            ),
            _unregistered,
        ),
        Check(
            Run(
                name="location",
                purpose="is Flex Consumption offered there",
                command=("az", "functionapp", "list-flexconsumption-locations", "--output", "json"),
                remedy="the regions of Flex Consumption cannot be read",
                learn=lambda text: {"LOCATIONS": " ".join(region["name"] for region in json.loads(text))},
                gives=("LOCATIONS",),
                after=_SIGNED_IN,
            ),
            lambda facts: _not_offered(settings.location, facts["LOCATIONS"].split()),
        ),
    ]
    if settings.entra:
        checks.append(_shell())
    if settings.entra and not settings.bot_app_id:
        checks.append(rights.of_the_directory(settings))
    return tuple(checks)


def before_previewing(settings: Settings) -> tuple[Check, ...]:
    group = Check(_group(settings.resource_group).run, functools.partial(_no_group, settings.resource_group))
    return _az(), *_signed_in(settings), *([rights.who(settings)] if settings.editors == "me" else []), group


def before_deleting(settings: Settings) -> tuple[Check, ...]:
    return _az(), *_signed_in(settings), _group(settings.resource_group)


def _az() -> Check:
    page = "https://learn.microsoft.com/cli/azure/install-azure-cli"
    return Check(
        Run(
            name="az",
            purpose="is the Azure CLI there",
            command=("az", "version", "--output", "json"),
            remedy=f"install the Azure CLI: {page}",
            learn=lambda text: {"AZ_VERSION": json.loads(text)["azure-cli"]},
            gives=("AZ_VERSION",),
        ),
        _older("AZ_VERSION", NEEDED_AZ, "az", "az upgrade"),
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
                learn=lambda text: {"SIGNED_IN_UNTIL": text.strip()},
                gives=_SIGNED_IN,
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
                after=_SIGNED_IN,
            ),
            elsewhere,
        ),
    )


def _account(settings: Settings, text: str) -> Facts:
    account: Mapping[str, Any] = json.loads(text)
    user = account["user"]
    facts = {
        "SUBSCRIPTION_ID": account["id"],
        "SUBSCRIPTION": account["name"],
        "TENANT_ID": account["tenantId"],
        "AZURE_CLOUD": account["environmentName"],
        "SIGNED_IN_AS": user["type"],
        "REGISTRATION": settings.registration(account["id"]),
    }
    return facts if user["type"] == "user" else facts | {"USER_ID": user["name"]}


def _group(group: str) -> Check:
    return Check(
        Run(
            name="group",
            purpose="is there the resource group already",
            command=("az", "group", "exists", "--name", group, "--output", "tsv"),
            remedy="the resource group cannot be asked for",
            learn=lambda text: {"GROUP_EXISTS": text.strip().lower()},
            gives=("GROUP_EXISTS",),
            after=_SIGNED_IN,
        )
    )


_REGISTERED = "[?registrationState=='Registered'].namespace"


def _unregistered(facts: Facts) -> Iterator[str]:
    registered = facts["PROVIDERS"].lower().split()
    for provider in _PROVIDERS:
        if provider.lower() not in registered:
            yield f"{provider} is not registered: az provider register --namespace {provider} --wait"


def _not_offered(location: str, offered: list[str]) -> Iterator[str]:
    if location not in offered:
        yield f"Flex Consumption is not offered in {location}; it is in {', '.join(sorted(offered))}"


def _no_group(group: str, facts: Facts) -> Iterator[str]:
    if facts["GROUP_EXISTS"] != "true":
        yield f"there is no resource group {group}: a preview needs it"


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
