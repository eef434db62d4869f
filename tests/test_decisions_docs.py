"""The index of decisions names each of them, once, by its own title."""

import re

from tests.support.paths import ROOT

_DECISIONS = ROOT / "docs" / "decisions"


def test_the_index_lists_every_decision_by_its_title() -> None:
    index = re.findall(r"^- \[(.+)\]\((.+)\)$", (_DECISIONS / "README.md").read_text(encoding="utf-8"), re.MULTILINE)

    pages = sorted(_DECISIONS.glob("[0-9]*.md"))
    titles = [page.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ") for page in pages]

    assert index == list(zip(titles, (page.name for page in pages), strict=True))
    assert [int(title.partition(".")[0]) for title in titles] == list(range(1, len(titles) + 1))
