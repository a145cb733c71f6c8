"""The words of the brain: prompts for the models, and fixed phrases in every language."""

import hashlib
import re
from functools import lru_cache
from pathlib import Path

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE = Path(__file__).parent
# Prompts are plain text for a model, not HTML: what is inserted is escaped by the template itself.
_environment = Environment(
    loader=FileSystemLoader(HERE),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
    autoescape=False,  # noqa: S701
)


def render(name: str, **values: object) -> str:
    """The prompt `name.md.j2` with these values."""
    return _environment.get_template(f"{name}.md.j2").render(values).strip()


@lru_cache(maxsize=16)
def wording_of(name: str) -> str:
    """The prompt's own words, without what is inserted."""
    return re.sub(r"{[{%].*?[%}]}", "\n", (HERE / f"{name}.md.j2").read_text("utf-8"))


@lru_cache(maxsize=1)
def prompts_version() -> str:
    """Changes whenever a prompt or a fixed phrase does."""
    content = hashlib.sha256()
    for path in sorted([*HERE.glob("*.j2"), HERE / "phrases.yaml"]):
        content.update(path.read_bytes())
    return content.hexdigest()[:12]


def phrase(key: str, language: str, **values: object) -> str:
    """A fixed text for the customer, in the language or, where that is missing, in English."""
    wordings = _phrases()[key]
    return str(wordings.get(language, wordings["en"])).format(**values).strip()


def check_phrases() -> None:
    """Read the wording once at start, so that a broken file is found there and not by customers.

    Raises ValueError, or yaml.YAMLError naming the line.
    """
    for key, wordings in _phrases().items():
        if "en" not in wordings:
            raise ValueError(f"phrases.yaml: {key} has no English wording")


@lru_cache(maxsize=1)
def _phrases() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = yaml.safe_load((HERE / "phrases.yaml").read_text("utf-8"))
    return loaded
