"""What kind of thing EDITORS names: Azure refuses a role for a person that it is told is a group."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from deploy import cli_output
from deploy.settings import Settings
from deploy.steps import SIGNED_IN, Check, Facts, Run
from shared.settings.clouds import CLOUDS

_KINDS = {"group": "Group", "user": "User", "servicePrincipal": "ServicePrincipal", "application": "application"}
_KIND = re.compile(r"#microsoft\.graph\.(\w+)")
_ITS_ID = ("--query", "id", "--output", "tsv")
_NOT_THERE = re.compile("does not exist|NotFound|not found|no matched", re.IGNORECASE)


def kind(settings: Settings) -> Check:
    """Ask the directory; where it may not be read, `editorsType` stays blank, and Azure looks itself."""
    graph, editors = CLOUDS[settings.cloud].graph, settings.editors
    remedy = (
        f"EDITORS={editors} is no group, person or service principal of this tenant, as far as can be seen: "
        "give the object id that the Entra admin center shows"
    )
    ask = Run(
        name="editors",
        purpose="is EDITORS a group, a person or a service principal",
        command=("az", "ad", "sp", "show", "--id", editors, *_ITS_ID),  # which takes an application id too
        remedy=remedy,
        learn=partial(_named, "ServicePrincipal"),
        gives=("EDITORS_ID", "EDITORS_TYPE"),
        after=SIGNED_IN,
        essential=False,
        essential_if=_NOT_THERE,
    )
    for noun, option, type_ in (("user", "--id", "User"), ("group", "--group", "Group")):
        command = ("az", "ad", noun, "show", option, editors, *_ITS_ID)
        ask = replace(ask, command=command, learn=partial(_named, type_), otherwise=ask)
    of_any_kind = (
        *("az", "rest", "--method", "get", "--resource", f"{graph}/"),
        *("--url", f"{graph}/v1.0/directoryObjects/{editors}", "--output", "json"),
    )
    return Check(replace(ask, command=of_any_kind, learn=partial(_found, editors), otherwise=ask), _lacks)


def _found(editors: str, text: str) -> Facts:
    (said,) = set(_KIND.findall(text))
    return {"EDITORS_ID": editors, "EDITORS_TYPE": _KINDS[said]}


def _named(type_: str, text: str) -> Facts:
    return {"EDITORS_ID": cli_output.guid(text), "EDITORS_TYPE": type_}


def _lacks(facts: Facts) -> Iterator[str]:
    if facts["EDITORS_TYPE"] == "application":
        yield (
            f"EDITORS={facts['EDITORS_ID']} is an app registration, which gets no roles: give the object id of its "
            "enterprise application (service principal)"
        )
