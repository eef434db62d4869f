"""The checks of what the person who is signed in may do."""

from collections.abc import Iterator

from deploy import cli_output
from deploy.settings import Settings
from deploy.steps import Check, Facts, Found, Run
from shared.settings.clouds import CLOUDS

_MAKES_RESOURCES = {"Owner", "Contributor"}
_GIVES_ROLES = {"Owner", "User Access Administrator", "Role Based Access Control Administrator"}
# https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
_GIVES_CONSENT = {
    "e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator",
    "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
}


_OTHERWISE = "; where another role of yours allows it, go on with ARGS=--skip-rights"


def signed_in_user(settings: Settings) -> Check:
    return Check(
        Run(
            name="you",
            purpose="who is signed in",
            command=("az", "ad", "signed-in-user", "show", "--query", "id", "--output", "tsv"),
            remedy="your own object id cannot be read, so your rights are not checked and EDITORS=me cannot be used",
            learn=lambda text: {"USER_ID": cli_output.guid(text)},
            gives=("USER_ID",),
            only_if=("SIGNED_IN_AS", "user"),
            essential=settings.editors == "me",
        )
    )


def of_resources(group: str) -> Iterator[Check]:
    for exists, within in (("true", f"/resourceGroups/{group}"), ("false", "")):
        yield Check(
            Run(
                name="rights",
                purpose=f"may you make resources and give roles {'in the group' if within else 'in the subscription'}",
                command=(
                    *("az", "role", "assignment", "list", "--assignee", Found("$USER_ID"), "--include-inherited"),
                    *("--include-groups", "--scope", Found(f"/subscriptions/$SUBSCRIPTION_ID{within}")),
                    *("--query", "[].roleDefinitionName", "--output", "json"),
                ),
                remedy="your roles cannot be read, so your rights are not checked",
                learn=lambda text: {"ROLES": ",".join(cli_output.texts(text))},
                gives=("ROLES",),
                only_if=("GROUP_EXISTS", exists),
                essential=False,
            ),
            _missing_roles,
        )


def of_the_directory(settings: Settings) -> Check:
    graph = CLOUDS[settings.cloud].graph
    mine = f"{graph}/v1.0/me/transitiveMemberOf/microsoft.graph.directoryRole?$count=true&$select=roleTemplateId"
    roles = " or ".join(_GIVES_CONSENT.values())
    lacking = (
        f"you need the directory role {roles} to make the bot's registration; or set BOT_APP_ID to one that is there"
        f"{_OTHERWISE}"
    )
    return Check(
        Run(
            name="directory",
            purpose="may you make the registration and consent for it",
            command=(
                *("az", "rest", "--method", "get", "--resource", f"{graph}/", "--url", mine),
                *("--headers", "ConsistencyLevel=eventual", "--query", "value[].roleTemplateId", "--output", "json"),
            ),
            remedy="your directory roles cannot be read, so they are not checked",
            learn=lambda text: {"DIRECTORY_ROLES": " ".join(map(cli_output.guid, cli_output.texts(text)))},
            gives=("DIRECTORY_ROLES",),
            only_if=("SIGNED_IN_AS", "user"),
            essential=False,
        ),
        lambda facts: () if set(facts["DIRECTORY_ROLES"].split()) & set(_GIVES_CONSENT) else (lacking,),
    )


def _missing_roles(facts: Facts) -> Iterator[str]:
    if not facts["ROLES"] and facts["SIGNED_IN_AS"] != "user":
        return  # az finds none of a service principal's roles where that may not read the directory
    roles = set(facts["ROLES"].split(","))
    where = "the resource group" if facts["GROUP_EXISTS"] == "true" else "the subscription (the group is not there yet)"
    activate = f"; if you are eligible in Privileged Identity Management, activate it{_OTHERWISE}"
    if not roles & _MAKES_RESOURCES:
        yield f"you need Owner or Contributor on {where}{activate}"
    if not roles & _GIVES_ROLES:
        givers = "Owner, User Access Administrator or Role Based Access Control Administrator"
        yield f"you need {givers} on {where}{activate}"
