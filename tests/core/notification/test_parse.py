"""What Microsoft posts, as the documentation has it and as it was seen on the wire."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.ids import CallId, TenantId, call_id
from shared.core.notification.calls import (
    Batch,
    CallEnded,
    CallRedirecting,
    Delivery,
    EmptyBody,
    Identity,
    Ignored,
    IgnoreReason,
    LegacyBody,
    Notification,
    RingingCall,
    UnreadableEntry,
)
from shared.core.notification.parse import parse
from shared.core.refusals import Unreadable
from tests.support.paths import SAMPLES, SHARED_DATA
from tests.support.tokens import TENANT, verified

COLLECTED = SHARED_DATA / "notifications"
BOT = Identity("application", "24701998-1a73-4d42-8085-bf46ed0ae039", "test bot")
FIRST, SECOND = CallId("491f0b00-ffff-4bc9-a43e-b226498ec22a"), CallId("481f0b00-ffff-4ca1-8c67-a5f1e31e8e82")
NAMED_TENANT = TenantId("632899f8-2ea1-4604-8413-27bd2892079f")
CALLER = "8d1e6ab6-26c5-4e22-a1bc-06ea7343958e"


def parsed(body: Any) -> Delivery:
    return parse(verified(body if isinstance(body, bytes) else json.dumps(body).encode()))


def only(body: Any) -> Notification:
    delivery = parsed(body)
    assert isinstance(delivery, Batch)
    (entry,) = delivery.entries
    return entry


def entry(state: str | None = "incoming", *, change: str = "created", url: str | None = None, **data: Any) -> Any:
    """Write a synthetic entry; a member of its call that is None is left out."""
    call = {"@odata.type": "#microsoft.graph.call", "state": state, "direction": "incoming"} | data
    return {
        "changeType": change,
        "resourceUrl": url or f"/communications/calls/{FIRST}",
        "resourceData": {name: value for name, value in call.items() if value is not None},
    }


def one(state: str | None = "incoming", **changes: Any) -> Any:
    return {"value": [entry(state, **changes)]}


def who(kind: str, identifier: Any, name: str | None = None) -> Any:
    return {"identity": {kind: {"id": identifier} | ({"displayName": name} if name else {})}}


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        pytest.param(
            "seed-example-1-incoming",
            RingingCall(FIRST, TENANT, Identity("user", CALLER), BOT),
            id="example-1-a-call-to-the-bot",
        ),
        pytest.param("seed-example-1-terminated", CallEnded(FIRST), id="example-1-its-end"),
        pytest.param(
            "seed-example-2-incoming",
            RingingCall(SECOND, TENANT, Identity("user", "ec040873-8235-45fd-a403-c7259a5a548e"), BOT),
            id="example-2-a-call-to-the-bot",
        ),
        pytest.param("seed-example-2-terminated", CallEnded(FIRST), id="example-2-its-end-by-the-url-not-the-body"),
        pytest.param(
            "seed-example-3-incoming",
            RingingCall(
                FIRST,
                TENANT,
                Identity("user", CALLER),
                Identity("applicationInstance", "7629bdce-046c-4903-86b4-a8f718277e1a", "PstnAppInstance"),
                other_tenant=NAMED_TENANT,
            ),
            id="example-3-a-call-to-a-resource-account",
        ),
        pytest.param(
            "seed-example-3-terminated",
            CallEnded(
                FIRST,
                answered_by=Identity("encrypted", "1xt4uextl99sdzwdxuvdxrvgrv8gehcq7jdgf9yhzeto"),
                other_tenant=NAMED_TENANT,
            ),
            id="example-3-its-end-says-that-it-was-answered",
        ),
    ],
)
def test_the_examples_of_the_api_page(sample: str, expected: Notification) -> None:
    body = (SAMPLES / f"{sample}.json").read_bytes()

    assert only(body) == expected


ANSWER, REJECT = "57dab8b1894c409ab240bd8beae78896", "57dab8b1-894c-409a-b240-bd8beae78896"
INVITE, OTHER_INVITE = "ab6233a5-20b7-4c5e-bea2-ce56c9776429", "7531d31f-d10d-44de-802f-c569dbca451c"
TRANSFER, CAPTURE = "341a0500-d4bf-4224-8b19-1581168d328b", "6f1f5c00-8c1b-47f1-be9d-660c501041a9"
PLACED, PLACED_TO_TWO = "2e1a0b00-b3c5-4b0f-99b3-c133bc1e6116", "2f1a1100-b174-40a0-aba7-0b405e01ed92"
KINDS: dict[str, tuple[type[Notification] | IgnoreReason, str]] = {
    "capture-FailedP2P-CallDeleted": (CallEnded, "6c1f5e00-76e1-4d4a-9a16-dc2b92a449dd"),
    "capture-P2P-SimpleTest-P2PTest1Event1CallEstablishing": (IgnoreReason.OTHER_STATE, CAPTURE),
    "capture-P2P-SimpleTest-P2PTest1Event2CallEstablished": (IgnoreReason.OTHER_STATE, CAPTURE),
    "capture-P2P-SimpleTest-P2PTest1Event3CallEstablishedWithAudio": (IgnoreReason.OTHER_STATE, CAPTURE),
    "capture-P2P-SimpleTest-P2PTest1Event4TonePress": (IgnoreReason.OTHER_STATE, CAPTURE),
    "capture-P2P-SimpleTest-P2PTest1Event5PlayPromptFinish": (IgnoreReason.OPERATION, CAPTURE),
    "capture-P2P-SimpleTest-P2PTest1Event6HangUp": (CallEnded, CAPTURE),
    "docs-beta-application-post-calls-01-notification-establishing": (
        IgnoreReason.OTHER_STATE,
        "2e1a0b00-2db4-4022-9570-243709c565ab",
    ),
    "docs-beta-application-post-calls-02-notification-established": (IgnoreReason.OTHER_STATE, PLACED),
    "docs-beta-application-post-calls-03-notification-establishing": (IgnoreReason.OTHER_STATE, PLACED_TO_TWO),
    "docs-beta-application-post-calls-04-notification-established": (IgnoreReason.OTHER_STATE, PLACED_TO_TWO),
    "docs-beta-application-post-calls-05-notification-roster": (IgnoreReason.ROSTER, PLACED_TO_TWO),
    "docs-beta-call-answer-01-notification-incoming": (RingingCall, ANSWER),
    "docs-beta-call-answer-02-notification-establishing": (IgnoreReason.OTHER_STATE, ANSWER),
    "docs-beta-call-answer-03-notification-established": (IgnoreReason.OTHER_STATE, ANSWER),
    "docs-beta-call-answer-04-notification-incoming": (RingingCall, ANSWER),
    "docs-beta-call-answer-07-example-3-answer-a-policy-based-recordin": (
        IgnoreReason.RECORDING,
        "e71f0300-9c1f-4d99-b5f4-2722e877d497",
    ),
    "docs-beta-call-redirect-03-notification-incoming": (RingingCall, SECOND),
    "docs-beta-call-redirect-04-notification-terminated": (CallEnded, FIRST),
    "docs-beta-call-reject-01-notification-incoming": (RingingCall, REJECT),
    "docs-beta-call-reject-02-notification-deleted": (CallEnded, REJECT),
    "docs-beta-call-subscribetotone-01-notification-tone-notification": (IgnoreReason.OTHER_STATE, REJECT),
    "docs-beta-call-transfer-03-notification-transfer-completed": (CallEnded, TRANSFER),
    "docs-beta-call-transfer-04-notification-transfer-failed": (IgnoreReason.OTHER_STATE, TRANSFER),
    "docs-beta-participant-invite-01-notification-operation-completed": (IgnoreReason.OPERATION, INVITE),
    "docs-beta-participant-invite-02-notification-roster-updated-with-partici": (IgnoreReason.ROSTER, INVITE),
    "docs-beta-participant-invite-03-notification-operation-completed": (IgnoreReason.OPERATION, OTHER_INVITE),
    "docs-beta-participant-invite-04-notification-roster-updated-with-partici": (IgnoreReason.ROSTER, OTHER_INVITE),
    "docs-v1.0-application-post-calls-02-notification-established": (IgnoreReason.OTHER_STATE, PLACED),
    "docs-v1.0-application-post-calls-03-notification-establishing": (IgnoreReason.OTHER_STATE, PLACED_TO_TWO),
    "docs-v1.0-application-post-calls-04-notification-established": (IgnoreReason.OTHER_STATE, PLACED_TO_TWO),
    "docs-v1.0-call-answer-01-notification-incoming": (RingingCall, ANSWER),
    "docs-v1.0-call-answer-04-notification-incoming": (RingingCall, ANSWER),
    "docs-v1.0-call-redirect-03-notification-incoming": (RingingCall, SECOND),
    "docs-v1.0-call-redirect-04-notification-terminated": (CallEnded, FIRST),
    "docs-v1.0-call-reject-01-notification-incoming": (RingingCall, REJECT),
    "docs-v1.0-call-transfer-04-notification-transfer-failed": (IgnoreReason.OTHER_STATE, TRANSFER),
    "docs-v1.0-participant-invite-01-notification-operation-completed": (IgnoreReason.OPERATION, INVITE),
    "docs-v1.0-participant-invite-02-notification-roster-updated-with-partici": (IgnoreReason.ROSTER, INVITE),
    "docs-v1.0-participant-invite-03-notification-operation-completed": (IgnoreReason.OPERATION, OTHER_INVITE),
    "docs-v1.0-participant-invite-04-notification-roster-updated-with-partici": (IgnoreReason.ROSTER, OTHER_INVITE),
    "seed-example-1-incoming": (RingingCall, FIRST),
    "seed-example-1-terminated": (CallEnded, FIRST),
    "seed-example-2-incoming": (RingingCall, SECOND),
    "seed-example-2-terminated": (CallEnded, FIRST),
    "seed-example-3-incoming": (RingingCall, FIRST),
    "seed-example-3-terminated": (CallEnded, FIRST),
}
LEGACY = {"graphdocs-issue-8310-legacy-skype-format-incoming"}


@pytest.fixture
def collected() -> Path:
    if not COLLECTED.is_dir():
        pytest.skip("the collected notifications are not beside this checkout")
    return COLLECTED


@pytest.mark.parametrize("name", KINDS)
def test_every_collected_notification_is_what_its_name_says(name: str, collected: Path) -> None:
    found = only((collected / f"{name}.json").read_bytes())

    kind, call = KINDS[name]
    assert not isinstance(found, UnreadableEntry)
    assert found.id == call
    if isinstance(kind, IgnoreReason):
        assert found == Ignored(CallId(call), kind)
    else:
        assert isinstance(found, kind)


@pytest.mark.parametrize("name", LEGACY)
def test_every_collected_legacy_body_is_one(name: str, collected: Path) -> None:
    assert parsed((collected / f"{name}.json").read_bytes()) == LegacyBody()


def test_no_collected_notification_is_left_untested(collected: Path) -> None:
    assert {path.stem for path in collected.glob("*.json")} == KINDS.keys() | LEGACY


def test_a_captured_hang_up_keeps_its_code_and_chain(collected: Path) -> None:
    found = only((collected / "capture-P2P-SimpleTest-P2PTest1Event6HangUp.json").read_bytes())

    assert isinstance(found, CallEnded)
    assert (found.code, found.subcode) == (200, 5002)
    assert found.message.startswith("The conversation has ended")
    assert found.chain_id == "b0fe8425-6f48-41ed-9dd6-b706ff66319a"


@pytest.mark.parametrize("body", [b"", b"  \r\n"])
def test_an_empty_body_is_one(body: bytes) -> None:
    assert parsed(body) == EmptyBody()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"callState": "incoming", "participants": []}, id="both"),
        pytest.param({"participants": [{}]}, id="participants-alone"),
        pytest.param({"isMultiparty": False}, id="a-key-that-is-false"),
        pytest.param({"presentedModalityTypes": ["audio"]}, id="modalities-alone"),
        pytest.param({"CALLSTATE": "incoming", "value": None}, id="another-letter-case-and-no-value"),
    ],
)
def test_the_older_skype_format(body: Any) -> None:
    assert parsed(body) == LegacyBody()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({}, id="nothing-in-it"),
        pytest.param([], id="a-list"),
        pytest.param(None, id="null"),
        pytest.param("text", id="text"),
        pytest.param({"value": {}}, id="a-value-that-is-no-list"),
        pytest.param({"value": "x", "callState": "incoming"}, id="a-value-beside-a-legacy-key"),
        pytest.param(b"{", id="no-json"),
    ],
)
def test_a_body_of_another_shape_is_unreadable(body: Any) -> None:
    with pytest.raises(Unreadable):
        parsed(body)


def test_an_empty_batch_is_a_batch() -> None:
    assert parsed({"value": []}) == Batch(())


def test_more_entries_than_any_genuine_body_can_have_are_unreadable() -> None:
    most = parsed({"value": [{}] * 1000})

    assert isinstance(most, Batch)
    assert len(most.entries) == 1000
    with pytest.raises(Unreadable, match="more than 1000 entries"):
        parsed({"value": [{}] * 1001})


def test_entries_keep_their_order_and_a_bad_one_hides_no_good_one() -> None:
    good = entry(url="/communications/calls/first")
    nameless = entry(url="/communications/calls/a%2fb")
    ended = entry("terminated", change="deleted", url="/communications/calls/second")

    delivery = parsed({"value": [good, None, "text", [], nameless, ended]})

    assert delivery == Batch(
        (
            RingingCall(CallId("first"), TENANT),
            UnreadableEntry("body.value[1] is not an object"),
            UnreadableEntry("body.value[2] is not an object"),
            UnreadableEntry("body.value[3] is not an object"),
            UnreadableEntry("body.value[4].resourceData: the call has no plain id"),
            CallEnded(CallId("second")),
        )
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(one("incoming"), RingingCall(FIRST, TENANT), id="incoming"),
        pytest.param(one("Incoming", change="Created"), RingingCall(FIRST, TENANT), id="in-capitals"),
        pytest.param(one("ringing", change="updated"), RingingCall(FIRST, TENANT), id="ringing"),
        pytest.param(one(direction=None), RingingCall(FIRST, TENANT), id="incoming-without-a-direction"),
        pytest.param(one(direction="Outgoing"), Ignored(FIRST, IgnoreReason.OUTGOING), id="outgoing"),
        pytest.param(
            one(incomingContext={"observedParticipantId": "90fad2ce"}),
            Ignored(FIRST, IgnoreReason.RECORDING),
            id="compliance-recording",
        ),
        pytest.param(
            one(incomingContext={"sourceParticipantId": "90fad2ce", "observedParticipantId": None}),
            RingingCall(FIRST, TENANT),
            id="a-context-that-observes-nobody",
        ),
        pytest.param(one("redirecting", change="updated"), CallRedirecting(FIRST), id="redirecting"),
        pytest.param(one("terminated", change="updated"), CallEnded(FIRST), id="terminated-but-not-deleted"),
        pytest.param(one(None, change="deleted"), CallEnded(FIRST), id="deleted-without-a-state"),
        pytest.param(one("established", change="Deleted"), CallEnded(FIRST), id="deleted-in-the-state-it-had"),
        pytest.param(one("incoming", change="deleted"), CallEnded(FIRST), id="deleted-while-it-was-ringing"),
        pytest.param(one("establishing"), Ignored(FIRST, IgnoreReason.OTHER_STATE), id="establishing"),
        pytest.param(one("hold"), Ignored(FIRST, IgnoreReason.OTHER_STATE), id="hold"),
        pytest.param(one(None), Ignored(FIRST, IgnoreReason.OTHER_STATE), id="no-state"),
        pytest.param(
            one("incoming", url=f"/communications/calls/{FIRST}/participants/7"),
            UnreadableEntry("body.value[0].resourceData: the call has no plain id"),
            id="ringing-at-the-address-of-something-in-a-call",
        ),
        pytest.param(
            one(None, change="deleted", url=f"/communications/calls/{FIRST}/operations/7"),
            Ignored(FIRST, IgnoreReason.OPERATION),
            id="a-deleted-operation-by-its-address",
        ),
        pytest.param(
            one(None, change="deleted", **{"@odata.type": "#microsoft.graph.playPromptOperation"}),
            Ignored(FIRST, IgnoreReason.OPERATION),
            id="a-deleted-operation-by-its-type",
        ),
        pytest.param(
            one(None, change="deleted", url=f"/communications/calls/{FIRST}/participants/7"),
            Ignored(FIRST, IgnoreReason.NOT_A_CALL),
            id="a-deleted-participant-by-its-address",
        ),
        pytest.param(
            one(None, change="deleted", **{"@odata.type": "#microsoft.graph.participant"}),
            Ignored(FIRST, IgnoreReason.NOT_A_CALL),
            id="a-deleted-participant-by-its-type",
        ),
        pytest.param({"value": [{}]}, Ignored(None, IgnoreReason.NOT_A_CALL), id="an-entry-that-says-nothing"),
        pytest.param(
            {"value": [{"changeType": "deleted", "resource": f"/app/calls/{FIRST}", "resourceData": None}]},
            CallEnded(FIRST),
            id="deleted-without-data",
        ),
        pytest.param(
            {"value": [{"resourceData": {"state": "terminated"}}]},
            CallEnded(None),
            id="terminated-without-any-id-and-type",
        ),
        pytest.param(
            {"value": [{"resourceUrl": f"/communications/calls/{FIRST}", "resourceData": [{"state": "incoming"}]}]},
            Ignored(FIRST, IgnoreReason.ROSTER),
            id="a-list-of-anything",
        ),
    ],
)
def test_what_an_entry_is(body: Any, expected: Notification) -> None:
    assert only(body) == expected


A, B, C = ("resourceUrl", "/communications/calls/a"), ("resource", "/app/calls/b"), ("id", "c")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param((A, B, C), "a", id="the-url-before-all"),
        pytest.param((B, C), "b", id="the-resource-before-the-body"),
        pytest.param((C,), "c", id="the-body-at-last"),
        pytest.param((("resourceUrl", None), B), "b", id="a-url-that-is-null"),
        pytest.param((("resourceUrl", 7), B), "b", id="a-url-that-is-no-text"),
        pytest.param((("resourceUrl", "/communications/calls/"), B), "b", id="a-url-without-an-id"),
        pytest.param((("resourceUrl", "/subscriptions/x"), B), "b", id="a-url-of-something-else"),
        pytest.param((("resourceUrl", "/happy/calls/x"), C), "c", id="a-url-that-only-looks-like-it"),
        pytest.param((("RESOURCEURL", "/Communications/Calls/a"),), "a", id="another-letter-case"),
        pytest.param((("resourceUrl", "communications/calls/a/"),), "a", id="no-slash-before-and-one-behind"),
        pytest.param((("resourceUrl", "https://graph.microsoft.com/v1.0/communications/calls/a"),), "a", id="absolute"),
        pytest.param((("resourceUrl", "/app/calls/a?x=/app/calls/z"),), "a", id="a-query"),
        pytest.param((("resourceUrl", "/x?y=/app/calls/z"), C), "c", id="a-call-in-a-query-only"),
        pytest.param((A, ("id", 7)), "a", id="an-id-that-is-no-text"),
    ],
)
def test_which_of_its_names_is_the_call(names: tuple[tuple[str, Any], ...], expected: str) -> None:
    data = {"@odata.type": "#microsoft.graph.call", "state": "incoming"} | {k: v for k, v in names if k == "id"}
    body = {"value": [{k: v for k, v in names if k != "id"} | {"resourceData": data}]}

    found = only(body)

    assert isinstance(found, RingingCall)
    assert found.id == expected


HOSTILE = [
    pytest.param("../../users", id="up-and-away"),
    pytest.param("..", id="two-dots"),
    pytest.param("a%2fb", id="an-escaped-slash"),
    pytest.param("a\r\nHost: evil.example", id="a-header"),
    pytest.param("a\x00", id="a-nul"),
    pytest.param("a" * 10_000, id="ten-thousand-characters"),
    pytest.param("\u0661\u0662\u0663", id="arabic-digits"),
    pytest.param("a\ud800", id="half-a-character"),
    pytest.param("a b", id="a-blank"),
    pytest.param("a#b", id="a-fragment"),
    pytest.param("a\\b", id="a-backslash"),
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_id_rings_nothing(hostile: str) -> None:
    by_url = {"value": [entry(url=f"/communications/calls/{hostile}", id=str(FIRST))]}
    by_body = {"value": [{"resourceData": {"state": "incoming", "id": hostile}}]}

    assert isinstance(only(by_url), UnreadableEntry)
    assert isinstance(only(by_body), UnreadableEntry)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_id_ends_no_call(hostile: str) -> None:
    body = {"value": [{"changeType": "deleted", "resourceData": {"state": "terminated", "id": hostile}}]}

    assert only(body) == CallEnded(None)


def test_an_id_of_two_segments_is_a_thing_in_the_first() -> None:
    assert isinstance(only(one(url="/communications/calls/a/../b")), UnreadableEntry)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(who("user", CALLER.upper()), Identity("user", CALLER), id="a-user-in-lower-case"),
        pytest.param(who("user", CALLER, "Anna"), Identity("user", CALLER, "Anna"), id="a-user-with-a-name"),
        pytest.param(who("phone", "+43 664 123-4567"), Identity("phone", "+436641234567"), id="a-phone-in-e164"),
        pytest.param(who("Phone", "+436641234567"), Identity("phone", "+436641234567"), id="another-letter-case"),
        pytest.param(who("phone", " 1234 "), Identity("phone", "1234"), id="an-extension"),
        pytest.param(who("phone", "tel:+43664-1234567"), Identity("phone", "+436641234567"), id="a-phone-as-a-uri"),
        pytest.param(who("phone", "0664 1234567"), Identity("phone", "0664 1234567"), id="what-cannot-be-read"),
        pytest.param(who("user", f"8:orgid:{CALLER.upper()}"), Identity("user", CALLER), id="a-user-of-the-platform"),
        pytest.param(who("application", f"28:{CALLER}"), Identity("application", CALLER), id="a-bot-of-the-platform"),
        pytest.param(who("phone", "Anonymous", "Anna"), None, id="a-word-for-withheld"),
        pytest.param(who("phone", "sip:anonymous@anonymous.invalid"), None, id="an-address-for-withheld"),
        pytest.param(who("phone", "Anna Berg"), None, id="a-phone-with-a-name-for-a-number"),
        pytest.param(who("onPremises", "Restricted"), None, id="withheld-whatever-the-kind"),
        pytest.param(who("user", "00000000-0000-0000-0000-000000000000"), None, id="nobodys-object-id"),
        pytest.param(who("encrypted", "1xt4"), Identity("encrypted", "1xt4"), id="encrypted"),
        pytest.param(who("spoolUser", "x-1"), Identity("spoolUser", "x-1"), id="a-kind-that-nobody-knows"),
        pytest.param(
            {"identity": {"encrypted": {"id": "1xt4"}, "phone": {"id": "+436641234567"}, "user": {"id": CALLER}}},
            Identity("user", CALLER, also=frozenset({"1xt4", "+436641234567"})),
            id="the-best-known-of-several",
        ),
        pytest.param(
            {"identity": {"@odata.type": "#microsoft.graph.identitySet", "user": None, "guest": {"id": "g"}}},
            Identity("guest", "g"),
            id="the-one-that-has-an-id",
        ),
        pytest.param(who("phone", ""), None, id="no-id"),
        pytest.param(who("phone", "  "), None, id="a-blank-id"),
        pytest.param(who("phone", 43664), None, id="an-id-that-is-no-text"),
        pytest.param({"identity": []}, None, id="no-identities"),
        pytest.param(None, None, id="no-source"),
        pytest.param("text", None, id="a-source-that-is-no-object"),
    ],
)
def test_who_calls(source: Any, expected: Identity | None) -> None:
    found = only(one(source=source))

    assert isinstance(found, RingingCall)
    assert found.caller == expected


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        pytest.param([who("application", "app")], Identity("application", "app"), id="the-bot"),
        pytest.param(
            [who("user", "u"), who("application", "app"), who("applicationInstance", "line")],
            Identity("applicationInstance", "line"),
            id="a-resource-account-before-all",
        ),
        pytest.param(
            [who("user", "u"), who("application", "app")], Identity("application", "app"), id="an-application-next"
        ),
        pytest.param([who("guest", "g"), who("device", "d")], Identity("guest", "g"), id="the-first-of-unknown-kinds"),
        pytest.param([None, {}, who("user", "")], None, id="nobody-with-an-id"),
        pytest.param(who("application", "app"), None, id="no-list"),
    ],
)
def test_which_line_is_called(targets: Any, expected: Identity | None) -> None:
    found = only(one(targets=targets))

    assert isinstance(found, RingingCall)
    assert found.called == expected


def test_who_answered_is_known_without_a_number_too() -> None:
    found = only(one("terminated", change="deleted", answeredBy=who("phone", "Anonymous")))

    assert isinstance(found, CallEnded)
    assert found.answered_by == Identity("phone", "Anonymous")


@pytest.mark.parametrize(
    ("transferor", "expected"),
    [
        pytest.param({"user": {"id": CALLER.upper()}}, {CALLER}, id="as-the-schema-has-it"),
        pytest.param({"identity": {"user": {"id": CALLER}}}, {CALLER}, id="one-deeper"),
        pytest.param(
            {"user": {"id": CALLER}, "phone": {"id": "tel:+436641234567"}}, {CALLER, "+436641234567"}, id="by-two-ids"
        ),
        pytest.param({"user": {"id": ""}}, set(), id="without-an-id"),
        pytest.param("nobody", set(), id="no-object"),
    ],
)
def test_who_transferred_the_call(transferor: Any, expected: set[str]) -> None:
    found = only(one(incomingContext={"transferor": transferor}))

    assert isinstance(found, RingingCall)
    assert found.transferred_by == expected


@pytest.mark.parametrize("url", [None, f"/app/calls/{FIRST.upper()}"])
def test_a_call_has_one_id_in_any_letter_case_and_graph_is_asked_by_the_one_it_gave(url: str | None) -> None:
    ringing = only(one(url=url, id=FIRST))
    end = only(one("terminated", change="deleted", url=f"/communications/calls/{FIRST.upper()}"))

    assert isinstance(ringing, RingingCall)
    assert (ringing.id, ringing.graph_id or ringing.id) == (FIRST, FIRST.upper() if url else FIRST)
    assert end == CallEnded(FIRST)


@pytest.mark.parametrize("state", ["incoming", "terminated"])
def test_a_tenant_of_the_call_that_is_not_the_tokens_is_kept(state: str) -> None:
    found = [only(one(state, tenantId=said)) for said in (TENANT.upper(), str(NAMED_TENANT), "no tenant", None)]

    named = [entry.other_tenant for entry in found if isinstance(entry, RingingCall | CallEnded)]
    assert named == [None, NAMED_TENANT, None, None]


@pytest.mark.parametrize("state", ["incoming", "ringing", "redirecting", "terminated", "established", None])
@pytest.mark.parametrize(
    "kind",
    [
        *("#microsoft.graph.participant", "#microsoft.graph.onlineMeeting", "#microsoft.graph.chatMessage", "text"),
        *("#microsoft.graph.callRecords.callRecord", "#microsoft.graph.callRecording", "#contoso.call", 7, ["call"]),
    ],
)
def test_what_is_of_another_type_is_no_call_whatever_its_state(kind: object, state: str | None) -> None:
    assert only(one(state, **{"@odata.type": kind})) == Ignored(FIRST, IgnoreReason.NOT_A_CALL)


@pytest.mark.parametrize("kind", ["#microsoft.graph.call", "microsoft.graph.Call", "#Microsoft.Graph.Call", "", None])
def test_a_call_is_one_however_its_type_is_written(kind: str | None) -> None:
    assert isinstance(only(one(**{"@odata.type": kind})), RingingCall)


def test_the_end_of_an_invitation_to_record_is_none_of_a_call() -> None:
    end = one("terminated", change="deleted", incomingContext={"observedParticipantId": "7"})

    assert only(end) == Ignored(FIRST, IgnoreReason.RECORDING)


def test_who_forwarded_is_known_and_who_was_looked_up_is_not() -> None:
    def route(kind: str, **original: Any) -> Any:
        return {"routingType": kind, "original": original, "final": {"user": {"id": "final"}}}

    routes = [
        route("forwarded", user={"id": CALLER.upper()}),
        route("Forwarded", phone={"id": "+43 664 1234567"}),
        route("lookup", user={"id": "looked-up"}),
        route("selfFork", user={"id": "forked"}),
        route("forwarded", user={"id": ""}),
        None,
    ]

    found = only(one(callRoutes=routes))

    assert isinstance(found, RingingCall)
    assert found.forwarded_by == {CALLER, "+436641234567"}


@pytest.mark.parametrize(
    ("result", "code", "subcode", "message"),
    [
        pytest.param({"code": 200, "subcode": 5002, "message": "over"}, 200, 5002, "over", id="numbers"),
        pytest.param({"code": "200", "subcode": "5001"}, 200, 5001, "", id="text"),
        pytest.param({"code": 500, "subCode": 7000}, 500, 7000, "", id="another-letter-case"),
        pytest.param({"code": 0, "subcode": 0}, 0, 0, "", id="zero"),
        pytest.param({"code": "gone", "subcode": None, "message": 7}, None, None, "", id="of-other-types"),
        pytest.param({"code": 2**31, "subcode": "9" * 5000}, None, None, "", id="more-than-a-cell-holds"),
        pytest.param({"message": "x" * 501}, None, None, "x" * 500, id="a-long-message"),
        pytest.param([], None, None, "", id="no-object"),
    ],
)
def test_how_a_call_ended(result: Any, code: int | None, subcode: int | None, message: str) -> None:
    found = only(one("terminated", change="deleted", resultInfo=result))

    assert isinstance(found, CallEnded)
    assert (found.code, found.subcode, found.message) == (code, subcode, message)


@pytest.mark.parametrize("state", ["incoming", "terminated"])
def test_a_chain_id_is_plain_or_absent(state: str) -> None:
    good, bad = only(one(state, callChainId="b0fe8425-6f48")), only(one(state, callChainId="a\r\nb"))

    assert isinstance(good, RingingCall | CallEnded)
    assert isinstance(bad, RingingCall | CallEnded)
    assert (good.chain_id, bad.chain_id) == ("b0fe8425-6f48", "")


def test_half_a_character_in_a_name_does_no_harm() -> None:
    found = only(
        b'{"value": [{"resourceUrl": "/app/calls/a", "resourceData": {"state": "incoming",'
        b' "source": {"identity": {"guest": {"id": "\\ud800", "displayName": "\\udfff"}}}}}]}'
    )

    assert found == RingingCall(CallId("a"), TENANT, Identity("guest", "\ud800", "\udfff"))


@pytest.mark.parametrize("deep", [b'{"value": ' + b"[" * 100_000, b'{"value":[' + b'{"resourceData":' * 100_000])
def test_deep_nesting_is_unreadable(deep: bytes) -> None:
    with pytest.raises(Unreadable):
        parsed(deep)


ODD = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["a/b", "..", "incoming"])
JSON = st.recursive(
    ODD, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


def mapping(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Make objects that have some of these members, each as it should be or as anything else."""
    return st.fixed_dictionaries({}, optional={name: member | JSON for name, member in members.items()})


PERSON = mapping(identity=mapping(user=mapping(id=st.text()), phone=mapping(id=st.text(), displayName=st.text())))
CALL = mapping(
    id=st.sampled_from([str(FIRST), "a%2fb", "a\nb"]),
    state=st.sampled_from(["incoming", "Ringing", "terminated", "redirecting", "hold"]),
    direction=st.sampled_from(["incoming", "outgoing"]),
    source=PERSON,
    targets=st.lists(PERSON, max_size=2),
    answeredBy=PERSON,
    resultInfo=mapping(code=st.integers(), subcode=st.text(), message=st.text()),
    callRoutes=st.lists(mapping(routingType=st.just("forwarded"), original=mapping(user=mapping(id=st.text())))),
    callChainId=st.text(),
)
ENTRY = mapping(
    changeType=st.sampled_from(["created", "deleted"]),
    resourceUrl=st.sampled_from(["", "/communications/calls/"]).flatmap(lambda base: st.text().map(base.__add__)),
    resourceData=CALL | st.lists(CALL, max_size=2),
)
BODIES = JSON | mapping(value=st.lists(ENTRY, max_size=3))


@given(BODIES.map(lambda body: json.dumps(body).encode()) | st.binary())
def test_whatever_comes_is_a_delivery_or_unreadable_and_a_ringing_call_has_a_plain_id(body: bytes) -> None:
    try:
        delivery = parsed(body)
    except Unreadable:
        return

    match delivery:
        case Batch(entries):
            ringing = [entry for entry in entries if isinstance(entry, RingingCall)]
            ended = [entry for entry in entries if isinstance(entry, CallEnded)]
            assert all(call.id == call_id(call.id) and call.tenant == TENANT for call in ringing)
            assert all(abs(end.code or 0) <= 2**31 and abs(end.subcode or 0) <= 2**31 for end in ended)
        case _:
            assert delivery in {LegacyBody(), EmptyBody()}
