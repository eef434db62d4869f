"""What came: a notification, a body of which some is missing, a chat message, or nothing that anybody can read."""

import json

import pytest

from shared.core.notification.calls import Batch, EmptyBody
from shared.core.notification.deliveries import CHAT_MESSAGE, Framing, is_chat_message, read_delivery
from shared.core.refusals import BodyDropped, Unreadable
from tests.support.tokens import verified

CHUNKED = Framing(transfer_encoding="chunked")
CHAT = json.dumps({"type": "message", "serviceUrl": "https://x", "channelId": "msteams", "conversation": {}}).encode()


@pytest.mark.parametrize(
    ("body", "framing"),
    [
        pytest.param(b"", CHUNKED, id="in-chunks"),
        pytest.param(b"", Framing(transfer_encoding=" Chunked "), id="in-any-letters"),
        pytest.param(b"", Framing(content_length="1600"), id="none-of-it"),
        pytest.param(b"", Framing(content_length=" 1600, 1600"), id="a-length-twice"),
        pytest.param(b"", Framing(content_length="9" * 5000), id="a-length-of-5000-digits"),
        pytest.param(b" \r\n", Framing(content_length="1600"), id="blanks-of-it"),
        pytest.param(b'{"value": [', Framing(content_length="1600"), id="the-beginning-of-it"),
    ],
)
def test_a_body_of_which_some_is_missing_is_dropped(body: bytes, framing: Framing) -> None:
    with pytest.raises(BodyDropped):
        read_delivery(verified(body), framing)


@pytest.mark.parametrize(
    "framing", [Framing(), Framing(content_length="0"), Framing(content_length="x"), Framing(content_length="²")]
)
def test_a_body_that_nobody_announced_is_empty(framing: Framing) -> None:
    assert read_delivery(verified(b""), framing) == EmptyBody()


@pytest.mark.parametrize("framing", [CHUNKED, Framing(content_length="1600"), Framing(content_length="1")])
def test_what_can_be_read_is_read_whatever_was_announced(framing: Framing) -> None:
    assert read_delivery(verified(b'{"value": []}'), framing) == Batch(())


@pytest.mark.parametrize("framing", [Framing(), Framing(content_length="1"), CHUNKED])
def test_what_came_whole_and_cannot_be_read_is_unreadable(framing: Framing) -> None:
    with pytest.raises(Unreadable, match="not JSON"):
        read_delivery(verified(b"{"), framing)


def test_a_chat_message_is_named() -> None:
    with pytest.raises(Unreadable, match=CHAT_MESSAGE):
        read_delivery(verified(CHAT), Framing())


@pytest.mark.parametrize(
    ("body", "chat"),
    [
        (CHAT, True),
        (CHAT.upper(), True),
        (b"", False),
        (b"\xff\x00", False),
        (b'{"value": [{"changeType": "created"}]}', False),
        (CHAT.replace(b"channelId", b"channel"), False),
        (b" " * 70_000 + CHAT, False),
    ],
)
def test_a_chat_message_is_known_by_its_members(body: bytes, *, chat: bool) -> None:
    assert is_chat_message(body) is chat
