"""The pages for programs and for trouble name the fields, reasons and outcomes that the code has."""

import json
import re
from datetime import UTC, datetime

from shared.console.explain import explanation, report_json
from shared.console.explain.explanation import RoutingContext
from shared.console.explain.question import Question
from shared.console.explain.report import Report
from shared.core.directory.model import Directory
from shared.core.ids import AppId
from shared.core.record.record import Outcome
from shared.core.refusals import InvalidQuestion, Misconfigured
from shared.core.routing.decide import LastResort
from shared.core.routing.decisions import RejectReason, SkipReason
from tests.support.paths import ROOT

REFERENCE = (ROOT / "docs" / "reference-who-and-check.md").read_text(encoding="utf-8")
TROUBLE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOBODY = RoutingContext(Directory(), LastResort(AppId("bot"), (), RejectReason.BUSY), "https://bot.example")


def fields(text: str, heading: str) -> list[str]:
    """Give what the first column of the last table below a heading names."""
    section = re.split(r"^#+ ", text.partition(f"# {heading}\n")[2], flags=re.MULTILINE)[0]
    first_cells = " ".join(row.split("|")[1] for row in re.findall(r"^\|.*", section, re.MULTILINE))
    return re.findall(r"`([\w ]+)`", first_cells)


def test_the_answer_of_who_has_the_fields_of_the_page() -> None:
    answer = explanation.as_json(explanation.explain(Question("any", "any", NOON), NOBODY))
    shown = json.loads(re.findall(r"^```json\n(.*?)^```$", REFERENCE, re.MULTILINE | re.DOTALL)[0])

    assert fields(REFERENCE, "The answer") == list(answer)
    assert shown.keys() == answer.keys()


def test_the_check_has_the_fields_of_the_page() -> None:
    assert fields(REFERENCE, "GET /api/check") == list(report_json.as_json(Report(NOON, ())))


def test_the_question_has_the_fields_of_the_page() -> None:
    assert fields(REFERENCE, "POST /api/who") == list(Question.__dataclass_fields__)


def test_each_refusal_is_named_with_its_status() -> None:
    for refusal in (InvalidQuestion, Misconfigured):
        assert f"| {refusal.status} | `{refusal.reason}` |" in REFERENCE


def test_each_reason_why_somebody_does_not_ring_says_what_to_do() -> None:
    assert set(fields(TROUBLE, "One person does not ring")) == {reason.value for reason in SkipReason}


def test_the_outcomes_in_which_nobody_rings_are_the_codes() -> None:
    assert set(fields(TROUBLE, "Nobody rings, and there is a record")) <= {outcome.value for outcome in Outcome}
