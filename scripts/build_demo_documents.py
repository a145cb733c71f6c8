"""Build the documents of the demo dealership from `scripts/demo/`; `--check` only compares."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from scripts.demo.pages import Page, paginate, parse  # noqa: E402
from scripts.demo.pdf_book import pdf_book  # noqa: E402
from scripts.demo.units import FILTERS  # noqa: E402
from scripts.demo.word_book import word_book  # noqa: E402

SOURCES = ROOT / "scripts" / "demo"
TARGET = ROOT / "app" / "dealership" / "demo_documents"
COVER = "000_cover.md.j2"
PDF_OF, DOCX_OF = "x1-2025-owners-manual", "t5-2025-owners-manual"

Facts = dict[str, Any]
Writer = Callable[[Sequence[Page], str, str, str], bytes]


@dataclass(frozen=True)
class DemoDocument:
    """A document cut into pages, with the front matter that tells what it is about."""

    name: str
    front_matter: Facts
    pages: tuple[Page, ...]

    def markdown(self) -> str:
        front_matter = yaml.safe_dump(self.front_matter, sort_keys=False)
        pages = (_page_markdown(number, page) for number, page in enumerate(self.pages, start=1))
        return f"---\n{front_matter}---\n\n" + "\n\n".join(pages) + "\n"

    def subject(self) -> str:
        return "; ".join(f"{key}: {value}" for key, value in self.front_matter.items())


def load_facts() -> Facts:
    facts: Facts = yaml.safe_load((SOURCES / "facts.yaml").read_text(encoding="utf-8"))
    return facts


def build_documents() -> list[DemoDocument]:
    """Every document of the demo, in the order of its file names."""
    facts = load_facts()
    documents = [
        *(_manual(facts, variant) for variant in _variants(facts)),
        *(_spec_sheet(facts, variant) for variant in _variants(facts)),
        _shared(facts, "service-guide", "guide", "Service Guide"),
        _shared(facts, "dealership-faq", "faq", "Questions and Answers"),
        _shared(facts, "troubleshooting-guide", "troubleshoot", "Troubleshooting Guide"),
    ]
    return sorted(documents, key=lambda document: document.name)


def markdown_files(documents: Sequence[DemoDocument]) -> dict[str, bytes]:
    return {f"{doc.name}.md": doc.markdown().encode() for doc in documents}


def printed_files(documents: Sequence[DemoDocument]) -> dict[str, bytes]:
    """The manual that is also a PDF and the one that is also a DOCX."""
    by_name = {document.name: document for document in documents}
    return {
        f"{PDF_OF}.pdf": _printed(by_name[PDF_OF], pdf_book),
        f"{DOCX_OF}.docx": _printed(by_name[DOCX_OF], word_book),
    }


def differences(files: dict[str, bytes], target: Path = TARGET) -> list[str]:
    """Names of Markdown files that are missing, stale or no longer built."""
    committed = {path.name: path.read_bytes() for path in target.glob("*.md")}
    return sorted(name for name in files | committed if files.get(name) != committed.get(name))


def _page_markdown(number: int, page: Page) -> str:
    return "\n\n".join([f"<!-- page {number} -->", *(block.text for block in page)])


def _printed(document: DemoDocument, writer: Writer) -> bytes:
    author = load_facts()["dealer"]["name"]
    return writer(document.pages, document.front_matter["title"], document.subject(), author)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader([SOURCES, SOURCES / "chapters"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    return environment


def _variants(facts: Facts) -> Iterator[Facts]:
    """One entry per model and year, its facts laid over those the model keeps."""
    for model, entry in facts["models"].items():
        for year, own in entry["years"].items():
            yield {"model": model, "year": year, "f": entry["common"] | own}


def _context(facts: Facts, variant: Facts) -> Facts:
    car = variant["f"]
    return {
        "f": car,
        "name": variant["model"],
        "year": variant["year"],
        "msg": facts["messages"][variant["year"]],
        "dealer": facts["dealer"],
        "services": facts["services"],
        "ev": car["powertrain"] == "electric",
        "petrol": car["powertrain"] == "petrol",
        "diesel": car["powertrain"] == "diesel",
        "fuse_rows": lambda box: _fuse_rows(facts["fuse_circuits"][box], car["fuses"]),
    }


def _fuse_rows(circuits: dict[str, str], fuses: dict[str, list[Any]]) -> list[Facts]:
    """The fuses of one box in the order of their positions."""
    fitted = [(fuses[key], circuit) for key, circuit in circuits.items() if key in fuses]
    rows = [{"slot": slot, "amps": amps, "circuit": name} for (slot, amps), name in fitted]
    return sorted(rows, key=lambda row: int(row["slot"][1:]))


def _front_matter(facts: Facts, kind: str, title: str, **about: Any) -> Facts:
    return {
        "title": title,
        "type": kind,
        "make": facts["make"],
        "model": about.get("model"),
        "year": about.get("year"),
        "market": facts["market"],
        "language": facts["language"],
        "version": about["version"],
    }


def _manual(facts: Facts, variant: Facts) -> DemoDocument:
    """The owner's manual: the chapters first, then the cover that lists their pages."""
    model, year, car = variant["model"], variant["year"], variant["f"]
    title = f"GenAuto {model} {year} Owner's Manual"
    context = _context(facts, variant) | {"title": title}
    environment = _environment()
    names = _chapter_names(car["powertrain"])
    body = "\n\n".join(environment.get_template(name).render(context) for name in names)
    pages = paginate(parse(body))
    cover = environment.get_template(COVER)
    cover_page = tuple(parse(cover.render(context | {"contents": _contents(pages)})))
    matter = _front_matter(facts, "manual", title, model=model, year=year, version=car["version"])
    return DemoDocument(f"{model.lower()}-{year}-owners-manual", matter, (cover_page, *pages))


def _chapter_names(powertrain: str) -> list[str]:
    """Chapters for every car (`090_parking.md.j2`) and for this one (`100_fuel.petrol.md.j2`)."""
    tags = {"", powertrain, "sealant" if powertrain == "electric" else "spare"}
    names = sorted(path.name for path in (SOURCES / "chapters").glob("*.md.j2"))
    return [name for name in names if _tag(name) in tags and name != COVER]


def _tag(name: str) -> str:
    return name.removesuffix(".md.j2").partition(".")[2]


def _contents(pages: Sequence[Page]) -> list[Facts]:
    """Title and page of each chapter; page 1 is the cover."""
    return [
        {"title": block.title, "page": number}
        for number, page in enumerate(pages, start=2)
        for block in page
        if block.level == 1
    ]


def _spec_sheet(facts: Facts, variant: Facts) -> DemoDocument:
    model, year = variant["model"], variant["year"]
    text = _environment().get_template("spec_sheet.md.j2").render(_context(facts, variant))
    matter = _front_matter(
        facts,
        "spec",
        f"GenAuto {model} {year} Specifications",
        model=model,
        year=year,
        version=variant["f"]["version"],
    )
    return DemoDocument(f"{model.lower()}-{year}-spec-sheet", matter, tuple(paginate(parse(text))))


def _shared(facts: Facts, name: str, kind: str, title: str) -> DemoDocument:
    """A document about all models and years: `model` and `year` stay empty."""
    template = _environment().get_template(f"{name.replace('-', '_')}.md.j2")
    text = template.render(
        dealer=facts["dealer"], services=facts["services"], variants=list(_variants(facts))
    )
    matter = _front_matter(facts, kind, f"{facts['dealer']['name']} {title}", version="2025.1")
    return DemoDocument(name, matter, tuple(paginate(parse(text))))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 if a committed file differs")
    check: bool = parser.parse_args(arguments).check
    documents = build_documents()
    files = markdown_files(documents)
    if check:
        stale = differences(files)
        print("\n".join(stale) or "The demo documents are up to date.")
        return int(bool(stale))
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, content in (files | printed_files(documents)).items():
        (TARGET / name).write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
