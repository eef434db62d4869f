"""What pages are told: the newest of each document, in order, and nothing twice."""

import json
import threading

from local.switchboard.feed import Feed


def told(feed: Feed, after: int) -> list[tuple[str, object]] | None:
    updates = feed.after(after, 0)
    return None if updates is None else [(one.key, json.loads(one.text)["value"]) for one in updates]


def test_a_page_hears_what_came_after_what_it_has() -> None:
    feed = Feed()
    feed.publish("a", 1)
    number = feed.number
    feed.publish("a", 2)
    feed.publish("b", 3)

    assert told(feed, number) == [("a", 2), ("b", 3)]
    assert told(feed, feed.number) == []


def test_what_is_the_same_is_not_told_again() -> None:
    feed = Feed()
    feed.publish("a", {"x": 1})
    feed.publish("a", {"x": 1})
    feed.publish("b", None)

    assert feed.number == 1


def test_a_new_page_gets_the_newest_of_each_document() -> None:
    feed = Feed()
    for value in (1, 2):
        feed.publish("a", value)
    feed.publish("b", 3)
    feed.publish("b", None)

    number, updates = feed.everything()

    assert number == 4
    assert [(one.key, json.loads(one.text)["value"]) for one in updates] == [("a", 2)]


def test_a_page_that_was_away_too_long_is_told_to_begin_anew() -> None:
    feed = Feed(kept=3)
    for value in range(5):
        feed.publish("a", value)

    assert told(feed, 2) == [("a", 2), ("a", 3), ("a", 4)]
    assert told(feed, 1) is None
    assert told(feed, 9) is None  # a number of another run


def test_whoever_waits_hears_at_once_and_nobody_waits_once_it_is_closed() -> None:
    feed = Feed()
    heard: list[object] = []
    waiting = threading.Thread(target=lambda: heard.append(feed.after(0, 60)))
    waiting.start()
    feed.publish("a", 1)
    waiting.join()
    closing = threading.Thread(target=lambda: heard.append(feed.after(1, 60)))
    closing.start()
    feed.close()
    closing.join()

    assert [[one.key for one in updates] for updates in heard if isinstance(updates, list)] == [["a"], []]


def test_what_it_keeps_does_not_grow_with_time() -> None:
    feed = Feed(kept=10)
    for value in range(10_000):
        feed.publish("a", value)

    assert len(feed.after(feed.number - 10, 0) or []) == 10
    assert len(feed.everything()[1]) == 1
