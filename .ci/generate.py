"""Generates code from the protos beside them, or with --check tells where it is out of date."""

from __future__ import annotations

import sys
import sysconfig
import tempfile
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parents[1]
PATTERNS = ("*_pb2.py", "*_pb2.pyi", "*_pb2_grpc.py", "*_pb2_grpc.pyi")


def generate(target: Path) -> dict[Path, bytes]:
    """Generates into `target`; what came out, by path from the root."""
    protos = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "protos").rglob("*.proto"))
    plugins = Path(sysconfig.get_path("scripts"))
    bundled = Path(protoc.__file__).with_name("_proto")
    status = protoc.main(
        [
            "protoc",
            f"-I{ROOT}",
            f"-I{bundled}",
            f"--plugin=protoc-gen-mypy={plugins}/protoc-gen-mypy",
            f"--plugin=protoc-gen-mypy_grpc={plugins}/protoc-gen-mypy_grpc",
            *(f"--{kind}_out={target}" for kind in ("python", "grpc_python")),
            *(f"--{kind}_out=quiet:{target}" for kind in ("mypy", "mypy_grpc")),
            *(f"{ROOT / proto}" for proto in protos),
        ]
    )
    if status:
        raise SystemExit(status)
    return generated(target)


def generated(root: Path) -> dict[Path, bytes]:
    """Generated files below `root`/protos, by path from `root`."""
    return {
        path.relative_to(root): path.read_bytes()
        for pattern in PATTERNS
        for path in (root / "protos").rglob(pattern)
    }


def main() -> None:
    present = generated(ROOT)
    with tempfile.TemporaryDirectory() as scratch:
        fresh = generate(Path(scratch))
    stale = sorted(
        path for path in present.keys() | fresh.keys() if present.get(path) != fresh.get(path)
    )
    if "--check" in sys.argv[1:]:
        if stale:
            listed = "\n".join(f"  {path}" for path in stale)
            raise SystemExit(f"`make proto` would change these:\n{listed}")
        return
    for path in present.keys() - fresh.keys():
        (ROOT / path).unlink()
    for path, content in fresh.items():
        (ROOT / path).parent.joinpath("__init__.py").touch()
        (ROOT / path).write_bytes(content)
    print(f"{len(fresh)} files, {len(stale)} of them changed")


if __name__ == "__main__":
    main()
