"""Nothing that is deployed changes unseen: what the templates declare is what a person has approved."""

import pytest

from tests.infra.reading import INFRA, parsed
from tests.infra.snapshot import difference, facts

_STORAGE = (INFRA / "modules" / "storage.bicep").read_text(encoding="utf-8")


def test_the_templates_are_as_they_were_approved() -> None:
    assert not (found := difference()), f"{found}\n\nRead each line. If all are meant: make approve"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("@minLength(36)\n", "@minLength(35)\n"),
        ("param zoneRedundant bool", "param zoneRedundant bool = true"),
        ("@allowed(['', 'Group', 'User', ", "@allowed(['', 'Group', "),
        ("'targets', 'routes', ", "'routes', 'targets', "),
        ("allowSharedKeyAccess: false", "allowSharedKeyAccess: true"),
        ("    isLocalUserEnabled: false\n", ""),
        ("tableServices@2025-06-01' = {", "tableServices@2025-06-01' existing = {"),
        ("= if (auditTableWrites) {", "= {"),
        ("[for table in appTableNames", "[for table in directoryTableNames"),
        ("output name string = account.name", "output name string = account.id"),
    ],
)
def test_a_change_of_what_is_deployed_is_seen(before: str, after: str) -> None:
    assert before in _STORAGE

    assert facts(parsed(_STORAGE.replace(before, after).encode())) != facts(parsed(_STORAGE.encode()))


def test_other_words_another_order_and_comments_need_no_approval() -> None:
    bot = (INFRA / "modules" / "bot.bicep").read_text(encoding="utf-8")
    declared, _, output = _STORAGE.rpartition("\n@description('Container")

    assert facts(parsed(bot.replace("Redirects calls to", "Takes calls to").encode())) == facts(parsed(bot.encode()))
    assert facts(parsed(_STORAGE.replace("@description('", "@description('New: ").encode())) == (
        facts(parsed(f"// First.\n\n@description('Container{output}\n{declared}\n".encode()))
    )
