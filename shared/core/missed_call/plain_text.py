"""Make what other people wrote, names above all, harmless in a message."""

import re

_LONGEST = 80  # characters
# Not the joiners U+200C and U+200D, which letters and pictures are written with.
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\xa0\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
# What chats turn into a call to everybody: https://api.slack.com/reference/surfaces/formatting#special-mentions,
# and @everyone, @here, @channel, @all elsewhere. An address with something before its @ is none.
_BRACKETS = str.maketrans("<>", "\u2039\u203a")
_MENTION = re.compile(r"(?<!\w)@(?=\w)")


def tidy(text: str) -> str:
    """Take out what cannot be seen, and cut what nobody reads."""
    seen = _UNSEEN.sub(" ", text).strip()
    return seen if len(seen) <= _LONGEST else f"{seen[: _LONGEST - 1]}…"


def without_mentions(text: str) -> str:
    """Give a text that no chat takes for a link or a call to everybody; it reads the same."""
    return _MENTION.sub("@\u200b", text.translate(_BRACKETS))
