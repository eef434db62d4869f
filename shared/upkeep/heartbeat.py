"""Say every few minutes that the app is alive, and what it knows of its tables."""

from collections.abc import Callable, Sequence
from concurrent.futures import wait

from shared.core.directory.model import Directory
from shared.core.light_dataclass import dataclass
from shared.ports import Clock, Events, RefreshableDirectory


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """`seconds` is how long a beat waits for the tables: nobody is on the telephone meanwhile.

    `keep_warm` uses the connection to Graph, so that the next call finds one; each of `send_messages` sends what waits.
    """

    directories: RefreshableDirectory
    clock: Clock
    events: Events
    write_problems: Callable[[Directory], None]
    keep_warm: Callable[[], object]
    send_messages: Sequence[Callable[[], object]] = ()
    seconds: float = 15.0

    def beat(self) -> None:
        """Read the tables, so that a mistake in them shows without a call, and say what is known of them."""
        began = self.clock.monotonic()
        reading = self.directories.warm()
        self.keep_warm()
        wait([reading], self.seconds)
        directory = self.directories.current() or Directory()
        read_at = self.directories.last_read
        stale = read_at is None or read_at < began
        self.events(
            "app.alive",
            directory=directory.fingerprint or None,
            lists=len(directory.lists),
            targets=directory.target_count,
            routes=len(directory.routes),
            problems=len(directory.problems),
            stale=stale,
            age=round(self.clock.monotonic() - read_at) if read_at is not None else None,
        )
        self.directories.repeat_problems(began)
        if not stale:  # an old directory would bring back what has been mended since
            self.write_problems(directory)
        for send in self.send_messages:
            send()
        if reading.done():
            reading.result()  # a fault of ours in reading them is raised here, or known nowhere
