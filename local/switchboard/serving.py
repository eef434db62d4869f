"""Put the switchboard together over what `make run` has brought up."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from local.demo.stack import Stack
from local.processes import PROJECT
from local.switchboard.board import Board
from local.switchboard.feed import Feed
from local.switchboard.guard import Guard, kept_token
from local.switchboard.server import Ask, Switchboard

_TOKEN_FILE = PROJECT / ".venv" / "switchboard-token"


@contextmanager
def running_switchboard(stack: Stack, token: str = "", port: int | None = None) -> Iterator[str]:
    """Give the address that a person opens; without a token or a port it has this checkout's, and the stack's."""
    token = token or kept_token(_TOKEN_FILE)
    feed = Feed()
    board = Board(stack, feed)
    switchboard = Switchboard(
        feed, partial(_ask_of, board), partial(Guard, token), stack.ports.page if port is None else port
    )
    try:
        board.start()
        switchboard.start()
        yield f"{switchboard.url}/#{token}"
    finally:
        switchboard.stop()
        board.stop()


def _ask_of(board: Board, parts: list[str]) -> Ask | None:
    match parts:
        case ["calls"]:
            return board.place
        case ["calls", call, "act"]:
            return partial(board.act, call)
        case ["end-all"]:
            return board.end_all
        case ["switches", switch]:
            return partial(board.turn, switch)
        case ["save"]:
            return board.save
        case ["targets"]:
            return board.enable
        case ["clock"]:
            return board.set_clock
        case _:
            return None
