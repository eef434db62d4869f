"""Write the Teams app's package: the manifest with this deployment's ids, and its two icons."""

import json
import os
import tempfile
import zipfile
from pathlib import Path
from string import Template

_ICONS = "color.png", "outline.png"
_MADE = (2020, 1, 1, 0, 0, 0)  # so that the same deployment gives the same bytes


def manifest(text: str, *, bot_app_id: str, host: str, developer: str, website: str) -> str:
    """Fill in teams/manifest.json; each value is text within a JSON string."""
    values = {
        "BOT_APP_ID": bot_app_id.lower(),
        "HOST": host,
        "DEVELOPER": developer,
        "WEBSITE": website or f"https://{host}",
    }
    return Template(text).substitute({name: json.dumps(value)[1:-1] for name, value in values.items()})


def write(path: Path, filled: str, folder: Path) -> None:
    """Write the zip beside its place and move it there: it is whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo("manifest.json", _MADE), filled)
            for icon in _ICONS:
                archive.writestr(zipfile.ZipInfo(icon, _MADE), (folder / icon).read_bytes())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
