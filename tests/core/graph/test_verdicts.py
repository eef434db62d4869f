"""What each answer of Graph means: the code before the status."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.graph.verdicts import GraphResult, NoReply, Reply, Verdict, hint, verdict

GONE_CODES = ["8519", "8522", "8528", "8543", "8583", "8585"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(NoReply("timed out", was_sent=True), Verdict.UNANSWERED, id="silence-after-it-was-sent"),
        pytest.param(NoReply("refused", was_sent=False), Verdict.RETRY, id="silence-before-it-was-sent"),
        pytest.param(Reply(202), Verdict.ACCEPTED, id="202"),
        pytest.param(Reply(200), Verdict.ACCEPTED, id="200"),
        pytest.param(Reply(204), Verdict.ACCEPTED, id="204"),
        pytest.param(Reply(202, "8522"), Verdict.ACCEPTED, id="202-whatever-its-code"),
        pytest.param(Reply(200, is_html=True), Verdict.RETRY, id="a-page-of-a-proxy"),
        pytest.param(Reply(201), Verdict.RETRY, id="201-is-not-graphs"),
        pytest.param(Reply(302), Verdict.RETRY, id="a-redirection-is-not-followed"),
        pytest.param(Reply(302, "8522"), Verdict.RETRY, id="a-redirection-whatever-its-code"),
        *(
            pytest.param(Reply(status, code), Verdict.GONE, id=f"{code}-at-{status}")
            for code in GONE_CODES
            for status in (400, 403, 404, 409, 412, 500)
        ),
        pytest.param(Reply(403, "7503"), Verdict.REFUSED_ALL, id="7503-calling-is-not-enabled"),
        pytest.param(Reply(403, "7504"), Verdict.REFUSED_ALL, id="7504-no-consent"),
        pytest.param(Reply(403, "7505"), Verdict.REFUSED_TARGETS, id="7505-another-tenant"),
        pytest.param(Reply(403, "7507"), Verdict.REFUSED_LIST, id="7507-not-linked"),
        pytest.param(Reply(400, "8523"), Verdict.REPAIR, id="8523-an-invalid-argument"),
        pytest.param(Reply(403, "8529"), Verdict.RETRY, id="8529-the-month-is-used-up"),
        pytest.param(Reply(403, "8530"), Verdict.RETRY, id="8530-too-many-at-once"),
        pytest.param(Reply(500, "9999"), Verdict.RETRY, id="9999-unknown"),
        pytest.param(Reply(400), Verdict.REPAIR, id="400"),
        pytest.param(Reply(400, "BadRequest"), Verdict.REPAIR, id="400-with-a-word"),
        pytest.param(Reply(401), Verdict.NEW_TOKEN, id="401"),
        pytest.param(Reply(401, "InvalidAuthenticationToken"), Verdict.NEW_TOKEN, id="401-with-a-word"),
        pytest.param(Reply(403), Verdict.REFUSED_TARGETS, id="403"),
        pytest.param(Reply(403, "1234"), Verdict.REFUSED_TARGETS, id="403-with-an-unknown-code"),
        pytest.param(Reply(404), Verdict.GONE, id="404"),
        pytest.param(Reply(408), Verdict.UNANSWERED, id="408"),
        pytest.param(Reply(409), Verdict.GONE, id="409"),
        pytest.param(Reply(410), Verdict.GONE, id="410"),
        pytest.param(Reply(412), Verdict.GONE, id="412"),
        pytest.param(Reply(429, retry_after=1.0), Verdict.RETRY, id="429"),
        pytest.param(Reply(500), Verdict.RETRY, id="500"),
        pytest.param(Reply(502), Verdict.UNANSWERED, id="502"),
        pytest.param(Reply(503, is_html=True), Verdict.RETRY, id="503-as-a-page"),
        pytest.param(Reply(504), Verdict.UNANSWERED, id="504"),
        pytest.param(Reply(599), Verdict.RETRY, id="any-other-of-the-500s"),
        pytest.param(Reply(405), Verdict.REFUSED_TARGETS, id="any-other-of-the-400s"),
        pytest.param(Reply(499), Verdict.REFUSED_TARGETS, id="the-last-of-the-400s"),
    ],
)
def test_what_an_answer_asks_us_to_do(answer: GraphResult, expected: Verdict) -> None:
    assert verdict(answer) is expected


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(Reply(202), "", id="nothing-to-say"),
        pytest.param(NoReply("timed out", was_sent=True), "no answer from Graph (timed out)", id="silence"),
        pytest.param(Reply(302), "is there a proxy between?", id="a-proxy"),
        pytest.param(Reply(403, "7504"), "admin consent for Calls.Initiate.All is missing", id="consent"),
        pytest.param(Reply(403, "7503"), "not enabled on the bot's Teams channel", id="channel"),
        pytest.param(Reply(401), "check the app registration and its credential", id="token"),
        pytest.param(Reply(403), "check consent, licences and tenants", id="forbidden"),
        pytest.param(Reply(500), "an error inside Microsoft", id="microsoft"),
        pytest.param(Reply(418), "Graph refuses it", id="anything-else"),
    ],
)
def test_the_operator_reads_what_an_answer_means(answer: GraphResult, words: str) -> None:
    assert words in hint(answer)
    assert bool(hint(answer)) is bool(words)


@given(st.builds(Reply, st.integers(0, 999), st.text(), is_html=st.booleans()))
def test_every_answer_means_something_and_only_a_success_is_taken(reply: Reply) -> None:
    assert (verdict(reply) is Verdict.ACCEPTED) == (reply.status in {200, 202, 204} and not reply.is_html)
