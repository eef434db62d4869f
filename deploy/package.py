"""What is shipped: an allow-list, the hash of it as its build id, and its copy in a folder of its own."""

import base64
import compileall
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from py_compile import PycInvalidationMode

FOLDER = Path("dist") / "package"
SHIPPED = ("function_app.py", "host.json", "requirements.txt")
_PACKAGE = "shared"
_BUILD_ID = Path("shared/core/build_id.py")
# Where the Python worker looks for packages; func leaves them as they are while the hash beside them is that of
# requirements.txt (PythonHelpers.cs of Azure/azure-functions-core-tools, ArePackagesInSync).
PACKAGES = Path(".python_packages") / "lib" / "site-packages"
_PACKAGES_HASH = Path(".python_packages") / "requirements.txt.md5"


def files(project: Path) -> tuple[Path, ...]:
    """Name all that leaves, relative to the project: what is not named here stays, whatever a checkout has gathered.

    Of `shared` it is the Python files alone, and no links: those could lead anywhere.
    """
    return tuple(sorted((*map(Path, SHIPPED), *_modules(project))))


def stage(project: Path, folder: Path) -> str:
    """Make `folder` anew with what is shipped, compiled as well, and give the build id in it. Raises OSError."""
    if folder.exists():
        shutil.rmtree(folder)
    shipped = {path: (project / path).read_bytes() for path in files(project)}
    build = _hash(shipped)
    for path, content in shipped.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if path != _BUILD_ID else _with_id(content, build))
    compile_all(folder)
    return build


def compile_all(folder: Path) -> None:
    """Compile each module of the package. Its .pyc files hold whatever times the archive gives to the sources.

    Without them, or with stale ones, importing takes nearly three times as long, at each cold start.
    """
    compileall.compile_dir(
        folder, quiet=2, stripdir=str(folder), invalidation_mode=PycInvalidationMode.UNCHECKED_HASH, workers=1
    )


def seal_packages(folder: Path) -> None:
    """Tell func that the packages in `folder` are those of its requirements.txt."""
    digest = hashlib.md5((folder / "requirements.txt").read_bytes(), usedforsecurity=False).digest()
    (folder / _PACKAGES_HASH).write_text(base64.b64encode(digest).decode(), encoding="utf-8")


def _modules(project: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(project / _PACKAGE):
        folders[:] = [name for name in folders if name.isidentifier() and name != "__pycache__"]
        for name in names:
            path = Path(where) / name
            if path.suffix == ".py" and path.stem.isidentifier() and path.is_file() and not path.is_symlink():
                yield path.relative_to(project)


def _hash(shipped: dict[Path, bytes]) -> str:
    every = hashlib.sha256()
    for path, content in sorted(shipped.items()):
        every.update(f"{path.as_posix()} {len(content)}\n".encode() + content)
    return every.hexdigest()[:12]


def _with_id(content: bytes, build: str) -> bytes:
    written = content.replace(b'"dev"', f'"{build}"'.encode())
    if written == content:
        raise OSError(f"{_BUILD_ID} has no place for a build id")
    return written
