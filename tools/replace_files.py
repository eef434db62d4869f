"""Write files so that each is there whole, the old one or the new one, whatever fails meanwhile."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tools.table_source import Unusable


def replace_files(texts: Mapping[Path, str]) -> None:
    """Write each text beside its file first, then put all in their places. Raises Unusable.

    They begin with the mark without which Excel reads a code page. A link stays a link, and rights stay.
    """
    staged: dict[Path, Path] = {}
    file = Path()
    try:
        try:
            for file, text in texts.items():
                place = file.resolve()
                staged[place] = _written_beside(place, text)
            for file, new in staged.items():
                new.replace(file)
        finally:
            for new in staged.values():
                with contextlib.suppress(OSError):
                    new.unlink(missing_ok=True)
    except OSError as error:
        raise Unusable(f"{file}: it cannot be written ({error.strerror}), and is as it was") from error


def _written_beside(file: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    new = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(handle)
        if file.exists():
            shutil.copymode(file, new)
        else:
            new.chmod(0o666 & ~_umask())
    except OSError:
        new.unlink()
        raise
    return new


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
