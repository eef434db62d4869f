"""docs/operations.md says what the code says: every answer of Graph, every event, every alert."""

import re
from collections.abc import Iterator

from shared.core.graph.verdicts import NoReply, Reply, Verdict, hint, verdict
from tests.support.paths import ROOT

TEXT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
ALERTS = [
    key.replace("-", " ")
    for key in re.findall(
        r"(?m)^    key: '([\w-]+)'$", (ROOT / "infra" / "modules" / "alerts.bicep").read_text("utf-8")
    )
]
DOES = {
    Verdict.GONE: "takes the call for gone",
    Verdict.RETRY: "tries again",
    Verdict.UNANSWERED: "tries again; gone then means done",
    Verdict.NEW_TOKEN: "fetches a new token, once",
    Verdict.REPAIR: "leaves out the forwarding policy, once",
    Verdict.REFUSED_TARGETS: "rings some of the list, else the next list",
    Verdict.REFUSED_LIST: "rings the next list",
    Verdict.REFUSED_ALL: "rejects the call",
}
UNKNOWN_4XX, UNKNOWN_5XX = Reply(499), Reply(599)


def rows_of_the_code() -> Iterator[tuple[str, str, str]]:
    """Give the table as the code has it: a code or status is in it where its hint is not that of any other."""
    for code in map(str, range(10_000)):
        yield from _row(code, Reply(499, code), UNKNOWN_4XX)
    for status in range(400, 500):
        yield from _row(str(status), Reply(status), UNKNOWN_4XX)
    for status in range(500, 599):
        yield from _row(str(status), Reply(status), UNKNOWN_5XX)
    yield "other 4xx", hint(UNKNOWN_4XX), DOES[verdict(UNKNOWN_4XX)]
    yield "other 5xx", hint(UNKNOWN_5XX), DOES[verdict(UNKNOWN_5XX)]
    yield "3xx, a page", hint(Reply(200, is_html=True)), DOES[verdict(Reply(302))]
    silence = NoReply("ReadTimeout", was_sent=True)
    yield "no answer", hint(silence), DOES[verdict(silence)]


def _row(name: str, reply: Reply, unknown: Reply) -> Iterator[tuple[str, str, str]]:
    if hint(reply) != hint(unknown):
        yield name, hint(reply), DOES[verdict(reply)]


def rows_of_the_page() -> list[tuple[str, ...]]:
    table = TEXT.partition("| answer |")[2].partition("\n\n")[0].splitlines()[2:]
    return [tuple(cell.strip() for cell in row.strip("|").split("|")) for row in table]


def test_the_page_has_every_answer_of_graph_with_the_codes_own_hint() -> None:
    assert rows_of_the_page() == list(rows_of_the_code())


def test_the_page_names_every_event() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "shared").rglob("*.py"))
    events = set(re.findall(r'events?(?:\(\s*|\s*=\s*)"([a-z_]+\.[a-z_]+)"', code))

    assert events >= {"call.duplicate", "storage.away", "keys.unavailable"}
    assert {event for event in events if f"`{event}`" not in TEXT} == set()


def test_the_page_names_every_alert_and_where_to_look() -> None:
    table = TEXT.partition("| alert |")[2].partition("\n\n")[0]

    assert len(ALERTS) > 10
    assert [row.split("|")[1].strip() for row in table.splitlines()[2:]] == ALERTS
    for alert in ALERTS:
        assert re.search(rf"^Alert: .*{alert}", TEXT, re.MULTILINE), alert


def test_every_link_leads_to_a_section() -> None:
    sections = {
        title.lower().replace(" ", "-").replace("'", "") for title in re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
    }

    assert set(re.findall(r"\(#([a-z-]+)\)", TEXT)) <= sections
