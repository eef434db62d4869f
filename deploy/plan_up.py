"""The plan of a deployment: its steps in their order, as values."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from deploy import app_registration, cli_output, seed_rows
from deploy.app_registration import AGAIN
from deploy.settings import WEBHOOK, Settings
from deploy.steps import Confirm, Facts, Found, Pack, Run, Step, Visit, Word

TEMPLATE = "infra/main.bicep"
_OUTPUTS = {
    "functionAppName": ("FUNCTION_APP", re.compile("[A-Za-z0-9][A-Za-z0-9-]{1,59}")),
    "functionHostName": ("HOST", re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")),
    "callingWebhook": ("WEBHOOK", re.compile(r"https://[!-~]+")),
    "storageAccountName": ("STORAGE", re.compile("[a-z0-9]{3,24}")),
    "identityPrincipalId": ("IDENTITY", cli_output.GUID),
}
_HOUR = 3600.0


def plan(settings: Settings, *, ask: bool) -> tuple[Step, ...]:
    """Give every step. Each can be done twice, and what is there is asked of Azure: no file keeps it."""
    return tuple(_steps(settings, ask=ask))


def preview(settings: Settings) -> tuple[Step, ...]:
    """Show what a deployment would change, and change nothing.

    Azure's own validation level asks for the right to write every resource, which whoever only looks does not have.
    """
    return (_what_if(settings, "--validation-level", "ProviderNoRbac"),)


def package(settings: Settings) -> Path:
    return Path("dist") / f"call-redirect-{settings.name}-teams.zip"


def _steps(settings: Settings, *, ask: bool) -> Iterator[Step]:
    group = settings.resource_group
    yield Run(
        name="group",
        purpose="make the resource group",
        command=("az", "group", "create", "--name", group, "--location", settings.location, "--output", "none"),
        remedy=f"see what az says above, {AGAIN}",
        only_if=("GROUP_EXISTS", "false"),
    )
    yield from app_registration.registration(settings)
    yield Run(
        name="first time",
        purpose="are the alerts on, as they are once the code is there",
        command=(
            *("az", "deployment", "group", "list", "--resource-group", group, "--output", "json", "--query"),
            f"[?name=='{settings.deployment}'].{{alerts: properties.parameters.alertsEnabled.value}}",
        ),
        remedy=f"see what az says above, {AGAIN}",
        learn=_first_time,
        gives=("FIRST_TIME",),
    )
    yield _what_if(settings)
    if ask:
        yield Confirm("Deploy this? Type yes: ", "yes", "Nothing was deployed. The group and the registration stay.")
    yield from _resources(settings)
    if settings.entra:
        yield from app_registration.credential(settings)
    yield _publish()
    if not _alerts_are_set(settings):
        yield _create(settings, "alerts", "turn the alerts on, now that the code is there", ("FIRST_TIME", "true"))
    yield from seed_rows.plan(settings)
    yield from _last_checks(settings)


def _what_if(settings: Settings, *level: str) -> Run:
    return Run(
        name="what-if",
        purpose="show what would change; Azure refuses names that are taken here",
        command=("az", "deployment", "group", "what-if", *_deployment(settings), *level),
        remedy=f"mend what Azure refuses, {AGAIN}",
        seconds=_HOUR,
        reads=_webhook(settings),
    )


def _resources(settings: Settings) -> Iterator[Run]:
    quiet = () if _alerts_are_set(settings) else ("alertsEnabled=false",)
    purpose = "make everything in the resource group: about four minutes"
    yield _create(settings, "resources", purpose, ("FIRST_TIME", "true"), quiet)
    yield _create(settings, "resources", "bring everything in the resource group up to date", ("FIRST_TIME", "false"))
    yield Run(
        name="outputs",
        purpose="read the names of what was made",
        command=(
            *("az", "deployment", "group", "show", "--resource-group", settings.resource_group),
            *("--name", settings.deployment, "--query", "properties.outputs", "--output", "json"),
        ),
        remedy=f"the deployment gave no outputs: see it in the portal under Deployments, {AGAIN}",
        learn=_outputs,
        gives=tuple(fact for fact, _ in _OUTPUTS.values()),
    )


def _create(
    settings: Settings, name: str, purpose: str, only_if: tuple[str, str], parameters: tuple[str, ...] = ()
) -> Run:
    return Run(
        name=name,
        purpose=purpose,
        command=("az", "deployment", "group", "create", *_deployment(settings), *parameters, "--output", "none"),
        remedy=f"what was made stays. Mend what Azure says (DeploymentActive: wait for the other one to end), {AGAIN}",
        only_if=only_if,
        seconds=_HOUR,
        reads=_webhook(settings),
    )


def _deployment(settings: Settings) -> tuple[Word, ...]:
    editors: tuple[Word, ...] = ()
    if settings.editors == "me":
        editors = (Found("editorsObjectId=$USER_ID"), "editorsType=User")
    elif settings.editors:
        editors = (f"editorsObjectId={settings.editors}",)
    return (
        *("--resource-group", settings.resource_group, "--name", settings.deployment, "--template-file", TEMPLATE),
        *("--parameters", f"name={settings.name}", f"location={settings.location}", f"cloud={settings.cloud}"),
        f"botAppId={settings.bot_app_id}" if settings.bot_app_id else Found("botAppId=$BOT_APP_ID"),
        f"fallbackTargets={json.dumps(settings.fallback_targets)}",
        f"alertEmails={json.dumps(settings.alert_emails)}",
        *editors,
        *(["missedCallWebhook=@-"] if settings.has_webhook else []),  # @-: az reads it from its standard input
        *settings.parameters,
    )


def _webhook(settings: Settings) -> Found | None:
    return Found(f"${WEBHOOK}") if settings.has_webhook else None


def _alerts_are_set(settings: Settings) -> bool:
    return any(word.startswith("alertsEnabled=") for word in settings.parameters)


def _first_time(text: str) -> Facts:
    """Without a deployment there is no code; one that kept the alerts off did not come as far as the code."""
    alerts = cli_output.members(text, "alerts")
    if any(state not in (True, False, None) for state in alerts):
        raise ValueError("neither on nor off")
    return {"FIRST_TIME": "true" if False in alerts or not alerts else "false"}


def _outputs(text: str) -> Facts:
    outputs = json.loads(text)
    return {fact: cli_output.one(outputs[name]["value"], like) for name, (fact, like) in _OUTPUTS.items()}


def _publish() -> Run:
    publish: tuple[Word, ...] = (
        "func",
        "azure",
        "functionapp",
        "publish",
        Found("$FUNCTION_APP"),
        "--python",
        "--build",
    )
    local = Run(
        name="publish",
        purpose="publish the code, built here: plan B",
        command=(*publish, "local"),
        remedy=f"see what func says above; new roles can take ten minutes to work. Wait, {AGAIN}",
        seconds=_HOUR,
    )
    return Run(
        name="publish",
        purpose="publish the code, built in Azure",
        command=(*publish, "remote"),
        remedy=local.remedy,
        tries=2,
        pause=60.0,
        seconds=_HOUR,
        plan_b=local,
    )


def _last_checks(settings: Settings) -> Iterator[Step]:
    yield Pack("teams", "write the Teams app's package", package(settings), settings.developer, settings.website)
    yield Run(
        name="key",
        purpose="fetch the function key, which is not shown",
        command=(
            *("az", "functionapp", "keys", "list", "--resource-group", settings.resource_group),
            *("--name", Found("$FUNCTION_APP"), "--query", "functionKeys.default", "--output", "tsv"),
        ),
        remedy=f"the app is published, but the host gives no key yet: wait a minute, {AGAIN}",
        learn=lambda text: {"FUNCTION_KEY": cli_output.one(text)},
        gives=("FUNCTION_KEY",),
        tries=4,
        pause=20.0,
    )
    yield Visit(
        name="check",
        purpose="ask the app how it is",
        url=Found("https://$HOST/api/check"),
        key="FUNCTION_KEY",
        remedy=f"the app is published, but does not answer: look at its log stream in the portal, {AGAIN}",
        tries=9,
        pause=10.0,
    )
