"""The plan of a deployment: its steps in their order, as values."""

import json
from collections.abc import Iterator
from dataclasses import replace

from deploy import app_registration, cli_output, next_steps, package, seed_rows
from deploy.publish import AGAIN
from deploy.settings import WEBHOOK, Settings
from deploy.steps import Await, Confirm, Facts, Found, Publish, Run, Stage, Step, Visit, Word

TEMPLATE = "infra/main.bicep"
_HOUR = 3600.0


def plan(settings: Settings, *, ask: bool) -> tuple[Step, ...]:
    """Give every step. Each can be done twice, and what is there is asked of Azure: no file keeps it."""
    return tuple(_steps(settings, ask=ask))


def preview(settings: Settings) -> tuple[Step, ...]:
    """Show what a deployment would change, and change nothing.

    Azure's own validation level asks for the right to write every resource, which whoever only looks does not have.
    """
    return (_what_if(settings, "--validation-level", "ProviderNoRbac"),)


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
    yield from _shipping()
    if not _alerts_are_set(settings):
        yield _create(settings, "alerts", "turn the alerts on, now that the code is there", ("FIRST_TIME", "true"))
    yield from seed_rows.plan(settings)
    yield next_steps.teams_package(settings)
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
    yield next_steps.outputs(settings)


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
        editors = (Found("editorsObjectId=$EDITORS_ID"), Found("editorsType=$EDITORS_TYPE"))
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


def _publish() -> Publish:
    func = ("func", "azure", "functionapp", "publish", Found("$FUNCTION_APP"), "--python", "--build")
    remote = Run(
        name="publish",
        purpose="publish the code, built in Azure",
        command=(*func, "remote"),
        remedy="see what func says above",
        seconds=_HOUR,
        folder=package.FOLDER,
        is_watched=True,
    )
    # Wheels as Azure's image takes them, though this machine could take newer ones.
    platforms = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
    packages = Run(
        name="packages",
        purpose="fetch the packages for Azure",
        command=(
            *("python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"),
            *("--require-hashes", "--only-binary", ":all:", "--python-version", "3.13"),
            *(word for platform in platforms for word in ("--platform", platform)),
            *("--target", package.PACKAGES.as_posix(), "--requirement", "requirements.txt"),
        ),
        remedy="func fetches the packages itself",
        seconds=_HOUR,
        folder=package.FOLDER,
    )
    local = replace(remote, purpose="publish the code, built here: plan B", command=(*func, "local"))
    return Publish("publish", remote.purpose, remote, packages, local)


def _shipping() -> Iterator[Step]:
    yield Stage("package", "copy what is shipped, and nothing else", package.FOLDER)
    yield _publish()
    yield Await(
        name="build",
        purpose="wait until this build answers",
        remedy=Found(
            "Azure kept the code of before, or ended the new one: see Deployment Center and Log stream of "
            f"$FUNCTION_APP in the portal, {AGAIN}"
        ),
        tries=61,
        pause=5.0,
    )


def _last_checks(settings: Settings) -> Iterator[Step]:
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
