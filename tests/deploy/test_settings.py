"""Settings of a deployment: what is wrong is said before anything is asked of Azure."""

import re

import pytest

from deploy import settings
from deploy.settings import AZURE_CLOUDS
from deploy.settings_file import NAMES, WrongSettings, from_bytes
from shared.settings.clouds import CLOUDS
from tests.support.azure import BOT, ROOT, SETTINGS, Azure

_BICEP = (ROOT / "infra" / "main.bicep").read_text(encoding="utf-8")
_EXAMPLE = (ROOT / "deploy" / "settings.env.example").read_text(encoding="utf-8")
_GIVEN = dict(word.split("=", 1) for word in SETTINGS)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("RESOURCE_GROUP=", "RESOURCE_GROUP is missing"),
        ("RESOURCE_GROUP=a b", "RESOURCE_GROUP=a b is not 1 to 90 letters"),
        ("RESOURCE_GROUP=$(id)", "RESOURCE_GROUP=$(id) is not"),
        ("LOCATION=", "LOCATION is missing"),
        ("NAME=Call-Redirect", "NAME=Call-Redirect is not 2 to 16 lower-case letters and digits: a storage account is"),
        ("CLOUD=china", "CLOUD=china is not one of global, usgov, usgovdod"),
        ("BOT_APP_ID=call-redirect", "BOT_APP_ID=call-redirect is not an application (client) id"),
        ("FALLBACK_TARGETS=", "FALLBACK_TARGETS is missing"),
        ("FALLBACK_TARGETS=0664123456", "FALLBACK_TARGETS: 0664123456"),
        ("FALLBACK_TARGETS=+43 (0)664 123456", "FALLBACK_TARGETS: +43 (0)664 123456"),
        ("FALLBACK_TARGETS=+12345678901", "+12345678901 is only an example"),
        ("FALLBACK_TARGETS=+1 234 567 8901 +43123456789", "+12345678901 is only an example"),
        ("FALLBACK_TARGETS=00000000-0000-0000-0000-000000000000", "is only an example"),
        ("BOT_APP_ID=00000000-0000-0000-0000-000000000000", "is only an example"),
        ("EDITORS=00000000-0000-0000-0000-000000000000", "is only an example"),
        ("FALLBACK_TARGETS=\u0664\u0663123456789", "U+0664 ARABIC-INDIC DIGIT FOUR"),
        ("FALLBACK_TARGETS=4.36601E+11", "a spreadsheet shortened this number"),
        ("FALLBACK_TARGETS=+43 (0)664 123456", "remove the (0)"),
        ("PARAMETERS=tags={\u201ca\u201d:1}", "U+201C LEFT DOUBLE QUOTATION MARK"),
        ("FALLBACK_TARGETS=" + " ".join(f"+4366412345{n:02}" for n in range(26)), "FALLBACK_TARGETS: 25 at most"),
        ("ENTRA=leave", "ENTRA=leave needs BOT_APP_ID"),
        ("ENTRA=no", "ENTRA=no is not make or leave"),
        ("EDITORS=everybody", "EDITORS=everybody is not me, or the object id of a group"),
        ("ALERT_EMAILS=anna", "ALERT_EMAILS: anna"),
        ("WEBSITE=http://contoso.com", "WEBSITE=http://contoso.com is not an https address"),
        ("DEVELOPER=" + "x" * 33, "DEVELOPER: 32 characters at most"),
        ("PARAMETERS=botAppId=x", "PARAMETERS: botAppId has a setting of its own"),
        ("PARAMETERS=missedCallWebhook=https://contoso.com/hook", "is a secret: export MISSED_CALL_WEBHOOK instead"),
        ("PARAMETERS=timeZone=UTC timeZone=Europe/Vienna", "PARAMETERS: timeZone is there twice"),
        ("PARAMETERS=tags=@-", "tags=@- is a file to az"),
        ("ALERT_EMAILS=" + " ".join(f"a{n}@contoso.com" for n in range(21)), "ALERT_EMAILS: 20 at most"),
        ("PARAMETERS=timeZone", "PARAMETERS: timeZone is not name=value"),
        ("PARAMETERS='", "PARAMETERS cannot be read"),
        ("RESORCE_GROUP=x", "there is no setting RESORCE_GROUP; did you mean RESOURCE_GROUP?"),
        ("x", "x: not NAME=value"),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_is_asked(azure: Azure, word: str, said: str) -> None:
    code = azure.up(word)

    assert code == 2
    assert said in azure.output
    assert azure.commands == []


def test_the_limits_that_are_said_here_are_those_of_the_template() -> None:
    found = re.findall(r"@maxLength\((\d+)\)\nparam (\w+) string\[\]", _BICEP)
    limits = {name: int(most) for most, name in found}

    assert (limits["fallbackTargets"], limits["alertEmails"]) == (25, 20)


def test_all_that_is_wrong_is_named_at_once(azure: Azure) -> None:
    azure.up("NAME=A", "LOCATION=", "EDITORS=x")

    assert len([line for line in azure.output.splitlines() if line.startswith(("NAME", "LOCATION", "EDITORS"))]) == 3


def test_words_and_options_may_come_in_any_order(azure: Azure) -> None:
    assert azure.run("up", *SETTINGS[:1], "--dry-run", *SETTINGS[1:]) == 0


def test_who_rings_is_one_spelling_once() -> None:
    read = settings.settings(_GIVEN | {"FALLBACK_TARGETS": f"{BOT.upper()}, {BOT};+43123456789"}, {})

    assert read.fallback_targets == (BOT, "+43123456789")


@pytest.mark.parametrize("document", ["deploy/settings.env.example", "docs/deploying.md"])
def test_every_setting_is_explained(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")

    assert [name for name in NAMES if not re.search(rf"\b{name}\b", text)] == []


def test_the_example_is_complete_and_only_its_number_is_wrong() -> None:
    given, _ = from_bytes(_EXAMPLE.encode(), "settings.env.example")

    assert sorted(given) == sorted(NAMES)
    assert settings.settings(given, {}).examples == (
        "FALLBACK_TARGETS: +12345678901 is only an example: give your own",
    )
    assert settings.settings(given | {"FALLBACK_TARGETS": "+43123456789"}, {}).editors == "me"


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("+43 1 234567", ("+431234567",)),
        ("+43 (1) 234-567", ("+431234567",)),
        ("+43\u20111\u2011234567", ("+431234567",)),
        ("\uff0b431234567", ("+431234567",)),
        ("+43 1 234567 +43 664 1234567", ("+431234567", "+436641234567")),
        (f"+43 1/234567,{BOT} +431234568", ("+431234567", BOT, "+431234568")),
        (f"{BOT} {BOT.upper()}", (BOT,)),
    ],
)
def test_people_write_numbers_with_separators(said: str, read: tuple[str, ...]) -> None:
    assert settings.settings(_GIVEN | {"FALLBACK_TARGETS": said}, {}).fallback_targets == read


def test_all_that_is_wrong_names_its_line() -> None:
    given, places = from_bytes(
        b"RESOURCE_GROUP=call\xe2\x80\x93redirect\n\nLOCATION=\nFALLBACK_TARGETS=06641234\n", "a.env"
    )

    with pytest.raises(WrongSettings) as raised:
        settings.settings(given, {}, places)

    first, second, third = str(raised.value).splitlines()
    assert first.endswith("(U+2013 EN DASH) (a.env, line 1)")
    assert second.endswith("(a.env, line 3)")
    assert third.endswith("(a.env, line 4)")


def test_the_example_can_be_looked_at_and_not_deployed(azure: Azure) -> None:
    (azure.project / "mine.env").write_text(_EXAMPLE)
    only = "FALLBACK_TARGETS: +12345678901 is only an example: give your own (mine.env, line 8)"

    assert azure.run("up", "--dry-run", "--settings", "mine.env") == 0
    assert azure.said[0] == f"# {only}; a deployment refuses it."
    assert azure.run("up", "--yes", "--settings", "mine.env") == 2
    assert "+12345678901 is only an example" in azure.output
    assert azure.run("preview", "--settings", "mine.env", f"BOT_APP_ID={BOT}") == 2
    assert azure.commands == []


def test_the_clouds_are_those_of_the_app() -> None:
    assert set(AZURE_CLOUDS) == set(CLOUDS)


def test_a_setting_that_is_a_parameter_may_not_come_twice() -> None:
    with pytest.raises(WrongSettings, match="location has a setting of its own"):
        settings.settings(_GIVEN | {"PARAMETERS": "location=eastus"}, {})
