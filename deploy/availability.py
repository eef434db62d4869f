"""The checks of what Azure offers: resource providers, and regions."""

from collections.abc import Iterator

from deploy import cli_output
from deploy.settings import Settings
from deploy.steps import SIGNED_IN, Check, Facts, Run

_PROVIDERS = (
    "Microsoft.Web",
    "Microsoft.Storage",
    "Microsoft.Insights",
    "Microsoft.OperationalInsights",
    "Microsoft.BotService",
    "Microsoft.ManagedIdentity",
)
_REGISTERED = "[?registrationState=='Registered'].namespace"


def providers() -> Check:
    return Check(
        Run(
            name="providers",
            purpose="are the resource providers registered",
            command=("az", "provider", "list", "--query", _REGISTERED, "--output", "json"),
            remedy="the resource providers cannot be read",
            learn=lambda text: {"PROVIDERS": " ".join(cli_output.texts(text))},
            gives=("PROVIDERS",),
            after=SIGNED_IN,
        ),
        _unregistered,
    )


def location(settings: Settings) -> Check:
    zones = "zoneRedundant=true" in settings.parameters
    what = "Flex Consumption over availability zones" if zones else "Flex Consumption"

    def lacks(facts: Facts) -> Iterator[str]:
        offered = facts["LOCATIONS"].split()
        if settings.location not in offered:
            yield f"{what} is not offered in {settings.location}; it is in {', '.join(sorted(offered))}"

    return Check(
        Run(
            name="location",
            purpose=f"is {what} offered there",
            command=(
                *("az", "functionapp", "list-flexconsumption-locations"),
                *(["--zone-redundant=true"] if zones else []),
                *("--output", "json"),
            ),
            remedy="the regions of Flex Consumption cannot be read",
            learn=lambda text: {"LOCATIONS": " ".join(map(cli_output.one, cli_output.members(text, "name")))},
            gives=("LOCATIONS",),
            after=SIGNED_IN,
        ),
        lacks,
    )


def _unregistered(facts: Facts) -> Iterator[str]:
    registered = facts["PROVIDERS"].lower().split()
    for provider in _PROVIDERS:
        if provider.lower() not in registered:
            yield f"{provider} is not registered: az provider register --namespace {provider} --wait"
