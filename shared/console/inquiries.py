"""Answer the people who run the lines: what is wrong, who rings now, who would ring for a call."""

from collections.abc import Iterable
from concurrent.futures import Future, wait
from dataclasses import replace
from datetime import datetime
from typing import Any

from shared.console.doctor import Doctor, wrong_settings
from shared.console.document import UNSEEN, Document, json_document
from shared.console.explain import explanation, question, report, report_json
from shared.console.explain.explanation import RoutingContext
from shared.console.explain.question import Question
from shared.console.explain.report import Report
from shared.console.page.check import page
from shared.console.page.style import POLICY
from shared.console.recent_calls import RecentCalls
from shared.core.directory.line_names import unnamed_lines, with_called_names
from shared.core.directory.model import ANY, Directory
from shared.core.light_dataclass import dataclass
from shared.core.refusals import InvalidQuestion
from shared.core.routing.decide import LastResort
from shared.ports import Clock, RefreshableDirectory


@dataclass(frozen=True, slots=True)
class Inquiries:
    """`seconds` is how long a person waits for the tables to be read again, so that an edit shows at once."""

    directories: RefreshableDirectory
    doctor: Doctor
    recent_calls: RecentCalls
    clock: Clock
    last_resort: LastResort
    base_url: str
    seconds: float = 4.0

    def check(self, line: str, accept: str, form: bytes = b"") -> Document:
        """Examine everything; `line` narrows it to one line, `form` asks about one call. Raises InvalidQuestion."""
        rereading, counting = self.directories.reread(), self.recent_calls.begin(self._unnamed)
        findings = self.doctor.examine()
        reads: list[Future[Any]] = [rereading, counting]
        wait(reads, self.seconds)
        last_day = counting.result() if counting.done() else None
        directory = self.directories.current()
        if directory and last_day:
            directory = with_called_names(directory, last_day.names)
        narrowed = question.parse_called(line, directory.names if directory else {}) if line else ""
        rules = self._rules(directory) if directory else None
        now = self.clock.now()
        asked = report.answered(question.parse_form(form), now, rules) if form and rules else None
        found = report.build_report(now, findings, rules, narrowed, asked=asked)
        return rendered(replace(found, last_day=last_day), accept)

    def who(self, body: bytes) -> Document:
        """Answer about one call. Raises InvalidQuestion."""
        wait([self.directories.reread()], self.seconds)
        # As for a call: where no table was ever read, FALLBACK_TARGETS ring.
        directory = self.directories.current() or Directory()
        asked, directory = self._asked(body, self.clock.now(), directory)
        return json_document(explanation.as_json(explanation.explain(asked, self._rules(directory))))

    def _unnamed(self) -> frozenset[str]:
        return unnamed_lines(self.directories.current())

    def _asked(self, body: bytes, now: datetime, directory: Directory) -> tuple[Question, Directory]:
        """Read the question; the calls are asked what a line is called only where the tables do not know it."""
        try:
            asked = question.parse_question(body, now, directory.names)
        except InvalidQuestion:  # perhaps for a name that only the calls have
            unnamed = unnamed_lines(directory)
        else:
            if asked.called == ANY or asked.called in directory.names:
                return asked, directory
            unnamed = frozenset({asked.called})
        counting = self.recent_calls.begin(lambda: unnamed)
        wait([counting], self.seconds)
        if counting.done() and (last_day := counting.result()):
            directory = with_called_names(directory, last_day.names)
        return question.parse_question(body, now, directory.names), directory

    def _rules(self, directory: Directory) -> RoutingContext:
        return RoutingContext(directory, self.last_resort, self.base_url)


def misconfigured_page(problems: Iterable[str], now: datetime, accept: str) -> Document:
    """Show what is wrong with the settings, where they are so wrong that there is nothing else to examine."""
    return rendered(Report(now, wrong_settings(problems)), accept)


def rendered(found: Report, accept: str) -> Document:
    """Give JSON to whoever asks for it before HTML, else the page."""
    if _wants_json(accept.lower()):
        return json_document(report_json.as_json(found))
    return Document(page(found), "text/html", UNSEEN | {"Content-Security-Policy": POLICY, "Vary": "Accept"})


def _wants_json(accept: str) -> bool:
    html, plain = accept.find("text/html"), accept.find("application/json")
    return plain >= 0 and (html < 0 or plain < html)
