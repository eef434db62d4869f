"""The settings that the code reads, the page that explains them, and the example to copy have the same names."""

import json
import re

from shared.settings.settings import NAMES, PLATFORM_NAMES, Settings
from tests.support.paths import ROOT

FOR_FUNC = "FUNCTIONS_WORKER_RUNTIME"  # which `func start` asks for, and the app does not read


def example() -> dict[str, str]:
    values: dict[str, str] = json.loads((ROOT / "local.settings.example.json").read_text(encoding="utf-8"))["Values"]
    return values


def documented() -> list[str]:
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    return re.findall(r"^\| ([A-Z_]+) \| \S.* \| \S.* \|$", page, re.MULTILINE)


def test_the_page_explains_each_setting_that_is_read_and_no_other() -> None:
    assert documented() == [*NAMES, *PLATFORM_NAMES]


def test_the_example_holds_each_setting_that_is_read_and_no_other() -> None:
    assert [name for name in example() if name != FOR_FUNC] == list(NAMES)


def test_the_example_is_of_the_form_that_func_reads() -> None:
    whole = json.loads((ROOT / "local.settings.example.json").read_text(encoding="utf-8"))

    assert whole["IsEncrypted"] is False
    assert whole["Values"][FOR_FUNC] == "python"
    assert all(isinstance(value, str) for value in whole["Values"].values())


def test_the_example_is_without_a_mistake() -> None:
    settings = Settings.from_env(example())

    assert (settings.public_base_url, settings.ignored) == ("https://bot.contoso.com", ())


def test_what_the_example_says_is_what_holds_where_nothing_is_said() -> None:
    defaults = {"CLOUD", "CONFIG_TTL_SECONDS", "UNROUTABLE", "WARM_UP"}

    silent = {name: value for name, value in example().items() if name not in defaults}

    assert Settings.from_env(silent) == Settings.from_env(example())
