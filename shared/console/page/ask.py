"""Ask who would ring for one call, in a form that needs no script; the answer stands below it."""

from collections.abc import Sequence

from shared.console.explain.report import Asked
from shared.console.page.lines import rule
from shared.console.page.markup import Html, joined, tag
from shared.console.page.words import moment
from shared.core.directory.model import ANY


def ask(asked: Asked | None, every_line: Sequence[tuple[str, str]]) -> Html:
    """`every_line` has the id and the text of each line that can be chosen."""
    said = asked or Asked()
    chosen = said.answer.question.called if said.answer else said.called
    # Posted to the page's own address: no number stands in an address, and a key in it goes nowhere else.
    form = tag(
        "form",
        _field("Called line", "called", tag("select", *_options(every_line, chosen), name="called", id="called")),
        _field(
            "Caller",
            "caller",
            tag(
                "input",
                name="caller",
                id="caller",
                value=said.caller,
                placeholder="+43…, anonymous, or empty",
                inputmode="tel",
            ),
        ),
        _field("When", "at", tag("input", type="datetime-local", name="at", id="at", value=said.at)),
        tag("button", "Who would ring?"),
        method="post",
        action="#ask",
        class_="card ask",
    )
    return joined(form, _answer(said))


def _field(label: str, name: str, control: Html) -> Html:
    return tag("p", tag("label", label, for_=name), control, class_="field")


def _options(every_line: Sequence[tuple[str, str]], chosen: str) -> list[Html]:
    return [
        tag("option", text, value=line, **({"selected": "selected"} if line == (chosen or ANY) else {}))
        for line, text in every_line
    ]


def _answer(asked: Asked) -> Html | None:
    if asked.unclear:
        return tag("p", asked.unclear, class_="unclear error", role="alert")
    if asked.answer is None:
        return None
    at = moment(asked.answer.question.at, asked.answer.route.zone)
    heading = tag("h3", "At ", at, ", by route ", tag("bdi", asked.answer.route.name))
    return tag("article", heading, rule(asked.answer, asked.answer.question.at), class_="card answer")
