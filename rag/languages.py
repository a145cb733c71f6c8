"""Which text-search configuration of PostgreSQL reads which language."""

from __future__ import annotations

SEARCH_CONFIGS = {
    "da": "danish",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "tr": "turkish",
}


def primary_language(language: str) -> str:
    """ "pt-BR" and "pt_BR" are "pt"."""
    return language.replace("_", "-").split("-")[0].strip().lower()


def search_config(language: str) -> str:
    """The stemming configuration for a language, or `simple` where PostgreSQL ships none."""
    return SEARCH_CONFIGS.get(primary_language(language), "simple")
