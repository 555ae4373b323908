"""Whether the files of deploy/kubernetes are what Kubernetes takes.

They are built as an operator would, then held to its schemas, with no field that those do not know.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml

KUBERNETES = Path(__file__).resolve().parents[1] / "deploy" / "kubernetes"
# The oldest that has all that is used, and the newest that is known.
VERSIONS = ("1.31", kubernetes_validate.latest_version())
# Defined by cert-manager, whose schemas no package brings.
UNKNOWN_GROUPS = ("cert-manager.io",)


def main() -> int:
    """Prints what is wrong; 1 if anything is."""
    problems = [
        f"{where}: {problem}"
        for where, document in documents()
        for problem in problems_of(document)
    ]
    sys.stderr.writelines(f"{line}\n" for line in dict.fromkeys(problems))
    return 1 if problems else 0


def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every resource with the place it comes from."""
    build = command()
    if build:
        for overlay in sorted((KUBERNETES / "overlays").iterdir()):
            done = subprocess.run([*build, overlay], capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"{overlay.name}: {done.stderr.strip()}")
            for document in yaml.safe_load_all(done.stdout):
                yield overlay.name, document
        return
    sys.stdout.write("neither kubectl nor kustomize is here: resources are checked, not built\n")
    for kustomization in sorted(KUBERNETES.glob("**/kustomization.yaml")):
        for name in yaml.safe_load(kustomization.read_text())["resources"]:
            path = kustomization.parent / name
            if path.is_file():
                for document in yaml.safe_load_all(path.read_text()):
                    yield str(path.relative_to(KUBERNETES)), document


def command() -> list[str]:
    """What builds a kustomization; nothing where it is not installed."""
    if shutil.which("kubectl"):
        return ["kubectl", "kustomize"]
    return ["kustomize", "build"] if shutil.which("kustomize") else []


def problems_of(document: dict[str, Any]) -> Iterator[str]:
    """What the schemas have against a resource."""
    if document["apiVersion"].partition("/")[0] in UNKNOWN_GROUPS:
        return
    name = f"{document['kind']} {document['metadata']['name']}"
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            place = ".".join(map(str, error.path))
            yield f"{name}: {place}: {error.message} (Kubernetes {version})"
        except kubernetes_validate.SchemaNotFoundError as error:
            yield f"{name}: {error.message}"


if __name__ == "__main__":
    sys.exit(main())
