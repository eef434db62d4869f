"""The steps of the bot's app registration: made or found, and trusting the app's identity."""

import json
from collections.abc import Iterator

from deploy import cli_output
from deploy.publish import AGAIN
from deploy.settings import Settings
from deploy.steps import Facts, Found, Run, Word
from shared.settings.clouds import CLOUDS


def registration(settings: Settings) -> Iterator[Run]:
    if not settings.bot_app_id:
        yield Run(
            name="registration",
            purpose="make the bot's app registration, or find it, and consent to Calls.Initiate.All",
            command=_entra(settings),
            remedy=f"an administrator can make it (docs/deploying.md); put its id in BOT_APP_ID, {AGAIN}",
            learn=_registration,
            gives=("BOT_APP_ID",),
        )


def credential(settings: Settings) -> Iterator[Run]:
    remedy = (
        f"an administrator can add it (docs/deploying.md); with ENTRA=leave and BOT_APP_ID it is left out here, {AGAIN}"
    )
    purpose = "let the app's identity prove that it is the bot"
    if not settings.bot_app_id:
        yield Run(
            name="credential",
            purpose=purpose,
            command=(*_entra(settings), "--identity", Found("$IDENTITY")),
            remedy=remedy,
            learn=_registration,
        )
        return
    app = ("--id", settings.bot_app_id)
    yield Run(
        name="credential",
        purpose="may the app's identity prove that it is the bot already",
        command=(
            *("az", "ad", "app", "federated-credential", "list", *app),
            *("--query", Found("length([?subject=='$IDENTITY'])"), "--output", "tsv"),
        ),
        remedy=remedy,
        learn=lambda text: {"CREDENTIAL": "there" if cli_output.count(text) else "missing"},
        gives=("CREDENTIAL",),
    )
    trusted = {
        "name": "function-$IDENTITY",
        "description": "The managed identity of the function app.",
        "issuer": f"{CLOUDS[settings.cloud].login}/$TENANT_ID/v2.0",
        "subject": "$IDENTITY",
        "audiences": [CLOUDS[settings.cloud].assertion_audience],
    }
    yield Run(
        name="credential",
        purpose=purpose,
        command=(
            *("az", "ad", "app", "federated-credential", "create", *app, "--output", "none", "--parameters"),
            Found(json.dumps(trusted)),
        ),
        remedy=remedy,
        only_if=("CREDENTIAL", "missing"),
    )


def _entra(settings: Settings) -> tuple[Word, ...]:
    return (
        "bash",
        "infra/entra.sh",
        "--name",
        Found("$REGISTRATION"),
        "--display-name",
        f"Call Redirect ({settings.name})",
    )


def _registration(text: str) -> Facts:
    said = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {"BOT_APP_ID": cli_output.guid(said["BOT_APP_ID"])}
