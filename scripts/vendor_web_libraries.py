"""Fetch the pages' libraries at pinned versions; `--check` only compares the hashes.

Each package is packed by npm, compared with the integrity recorded below, and its named files
and licence are copied unedited to `static/vendor/<name>-<version>/`. `static/vendor/vendor.json`
says what is there. The accessibility checker goes to `tests/browser/vendor/`: it is never shipped.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "static" / "vendor"
TEST_ONLY = ROOT / "tests" / "browser" / "vendor"


class IntegrityMismatch(Exception):
    """What was fetched is not what was pinned."""


@dataclass(frozen=True)
class Library:
    """`files` are copied flat: their names inside the package, without its folders."""

    name: str
    version: str
    licence: str
    integrity: str
    files: tuple[str, ...]
    licences: tuple[str, ...] = ("LICENSE",)

    @property
    def folder(self) -> str:
        return f"{self.name}-{self.version}"


LIBRARIES = (
    Library(
        "marked", "18.2.1", "MIT",
        "sha512-ii4bxCTCqqwpT86XZWgJNs+ZnAIZksmLGYMViWA7PDIXYIeNo1x6cDdX3JOip9NM/cI6p8z57FxliACboTruMA==",
        ("lib/marked.esm.js",),
    ),
    Library(
        "dompurify", "3.4.18", "MPL-2.0 OR Apache-2.0",
        "sha512-ofe3wI/uNm68HInABYFJYqQxRw1EaKAjNdrFVKqjUY+UZurvNd2L/HuQe097s/4RivWiZyP6tT7aoT8atjfhwg==",
        ("dist/purify.es.mjs",),
        ("LICENSE", "LICENSE-MPL"),
    ),
    Library(
        "swagger-ui-dist", "5.35.0", "Apache-2.0",
        "sha512-U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ==",
        ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"),
        ("LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt"),
    ),
    Library(
        "uplot", "1.6.32", "MIT",
        "sha512-KIMVnG68zvu5XXUbC4LQEPnhwOxBuLyW1AHtpm6IKTXImkbLgkMy+jabjLgSLMasNuGGzQm/ep3tOkyTxpiQIw==",
        ("dist/uPlot.esm.js", "dist/uPlot.min.css"),
    ),
)  # fmt: skip
TEST_LIBRARIES = (
    Library(
        "axe-core", "4.14.1", "MPL-2.0",
        "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
        ("axe.min.js",),
        ("LICENSE", "LICENSE-3RD-PARTY.txt"),
    ),
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--check", action="store_true", help="compare, fetch nothing")
    places = ((SHIPPED, LIBRARIES), (TEST_ONLY, TEST_LIBRARIES))
    if options.parse_args(arguments).check:
        wrong = [problem for place, _ in places for problem in problems(place)]
        print("\n".join(wrong) or "Every vendored file is what its list says.")
        return 1 if wrong else 0
    for place, libraries in places:
        vendor(place, libraries)
    return 0


def vendor(place: Path, libraries: Sequence[Library]) -> None:
    """Fetch, check and copy the libraries, and write the list of what is there."""
    entries: list[dict[str, str]] = []
    for library in libraries:
        fetch(library, place / library.folder)
        entries += [entry(place, library, Path(name).name) for name in library.files]
        print(f"{library.folder}: {', '.join(library.files)}")
    place.mkdir(parents=True, exist_ok=True)
    (place / "vendor.json").write_text(json.dumps(entries, indent=2) + "\n")


def entry(place: Path, library: Library, file: str) -> dict[str, str]:
    path = f"{library.folder}/{file}"
    return {
        "name": library.name,
        "version": library.version,
        "licence": library.licence,
        "file": path,
        "sha384": sha384(place / path),
    }


def fetch(library: Library, target: Path) -> None:
    """Raises IntegrityMismatch."""
    with TemporaryDirectory() as folder:
        subprocess.run(
            ["npm", "pack", "--silent", f"{library.name}@{library.version}"],
            cwd=folder, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        archive = next(Path(folder).glob("*.tgz"))
        digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if f"sha512-{digest}" != library.integrity:
            raise IntegrityMismatch(f"{library.folder} is not the pinned package.")
        target.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive) as packed:
            for name in (*library.files, *library.licences):
                content = packed.extractfile(f"package/{name}")
                assert content is not None, name
                (target / Path(name).name).write_bytes(content.read())


def problems(place: Path) -> list[str]:
    """Files whose content is not what the list says."""
    listed = json.loads((place / "vendor.json").read_text())
    return [
        f"{each['file']} has changed."
        for each in listed
        if sha384(place / each["file"]) != each["sha384"]
    ]


def sha384(path: Path) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()


if __name__ == "__main__":
    sys.exit(main())
