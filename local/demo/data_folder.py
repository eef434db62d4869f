"""Begin with the CSV files of a folder, and keep edits in it: by a command of ours, as people import and export."""

import hashlib
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.demo.tables import NoTables, Row, Tables
from local.host.files import UnreadableFile, local_settings
from local.processes import INHERITED, PROJECT

EDITED = ("targets", "routes", "holidays", "shifts", "away")  # by people
_LONGEST = 60  # seconds that the command may take
_WOULD_BE_LOST = "The rows left out would be lost from the files: mend them"
_SOME_LEFT_OUT = 3  # its exit code where it has loaded the rest


class DataRefused(Exception):
    """The folder or its files are of no use as they are; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Loading:
    """How a person wants it: `anyway` in spite of errors, `kept` where edits are to be in the folder too."""

    folder: Path
    anyway: bool = False
    kept: bool = False
    encoding: str = ""


class DataFolder:
    """The folder while its rows are in the tables; `settings` are the app's. Any thread may save."""

    def __init__(self, wanted: Loading, tables: Tables, settings: Mapping[str, str]) -> None:
        self.said: Sequence[str] = ()  # of its files, as it was loaded
        self._wanted = wanted
        self._tables = tables
        self._settings = settings
        self._lacks_rows = False
        self.trouble = ""  # why the last edits are not in the files
        self._lock = threading.Lock()
        self._files: dict[str, str] = {}  # what is in each table's file, as far as we know
        self._rows: dict[str, Sequence[Row]] = {}  # what is in each table, as far as the files know

    @property
    def is_kept(self) -> bool:
        return self._wanted.kept

    @property
    def folder(self) -> Path:
        return self._wanted.folder

    def load(self) -> None:
        """Fill the tables. Raises DataRefused."""
        if self.is_kept:
            _check_writable(self.folder)
        options = ["--anyway"] if self._wanted.anyway else []
        self._files = _contents(self.folder)
        loaded = self._run("load", options)
        said = loaded.stdout.splitlines()
        self._lacks_rows = loaded.returncode == _SOME_LEFT_OUT
        if self._lacks_rows and self.is_kept:
            said.append(f"{_WOULD_BE_LOST}, or leave KEEP=1 away.")
        elif loaded.returncode == 0 or (self._lacks_rows and self._wanted.anyway):
            self.said, self._rows = said, self._read()
            return
        raise DataRefused("\n".join(said))

    def save(self) -> list[str]:
        """Write the tables that were edited into the folder, and say where each went. Raises DataRefused.

        A file that somebody has edited since is left alone: what would have been in it stands beside it. Where it
        fails, every file is as it was, and the next time tries it again.
        """
        with self._lock:
            rows = self._read()
            edited = [table for table in EDITED if rows[table] != self._rows[table]]
            if not edited:
                return []
            if self._lacks_rows:
                raise DataRefused(f"{_WOULD_BE_LOST}, and begin again.")
            files = _contents(self.folder)
            beside = [table for table in edited if files.get(table) != self._files.get(table)]
            options = [f"--table={table}" for table in edited] + [f"--beside={table}" for table in beside]
            saved = self._run("save", options)
            if saved.returncode:
                raise DataRefused(f"Your edits are not in the files: {saved.stdout.strip()}")
            self._rows = rows
            files = _contents(self.folder)
            self._files |= {table: files[table] for table in edited if table in files and table not in beside}
            return saved.stdout.splitlines()

    def keep(self) -> list[str]:
        """Save where edits are to be kept; give what there is to say, and of the same trouble once."""
        if not self.is_kept:
            return []
        try:
            said, self.trouble = self.save(), ""
        except DataRefused as why:
            said, self.trouble = [] if str(why) == self.trouble else [str(why)], str(why)
        return said

    def _read(self) -> dict[str, Sequence[Row]]:
        try:
            return {table: self._tables.rows(table) for table in EDITED}
        except NoTables:
            raise DataRefused("The tables do not answer.") from None

    def _run(self, command: str, options: Iterable[str]) -> subprocess.CompletedProcess[str]:
        # `make run` does not go by local.settings.json, and so its command here must not either.
        try:
            ours = dict.fromkeys(local_settings(PROJECT), "")
        except UnreadableFile as error:
            raise DataRefused(str(error)) from error
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        encoding = ["--encoding", self._wanted.encoding] if self._wanted.encoding else []
        arguments = [command, str(self.folder.absolute()), *encoding, *options]
        try:
            return subprocess.run(  # noqa: S603 - our own command, no shell
                [sys.executable, "-u", "-m", "tools.folder", *arguments],
                cwd=PROJECT,
                env=inherited | ours | dict(self._settings),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,  # in the order in which it was said, for -u
                text=True,
                encoding="utf-8",
                timeout=_LONGEST,
                start_new_session=True,  # Ctrl-C must not end it half way
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise DataRefused(f"{self.folder}: to {command} takes longer than {_LONGEST} s") from error


def _check_writable(folder: Path) -> None:
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except FileNotFoundError:
        pass  # which is said of it in any case
    except OSError as error:
        raise DataRefused(
            f"{folder}: nothing can be written there ({error.strerror}), so edits could not be kept: "
            "change its rights, or leave KEEP=1 away"
        ) from error


def _contents(folder: Path) -> dict[str, str]:
    """Give a digest of each table's file."""
    try:
        return {
            file.stem.lower(): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in folder.iterdir()
            if file.suffix.lower() == ".csv" and file.stem.lower() in EDITED and file.is_file()
        }
    except OSError:  # what is wrong, the command says
        return {}
