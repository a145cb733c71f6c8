"""Links in a text, however they are written, and whose they are."""

import re
from collections.abc import Iterator
from functools import lru_cache

ENDINGS = (
    "com|net|org|info|biz|io|co|ru|cn|app|dev|xyz|top|site|online|shop|store|click|link|live|ai|"
    "de|es|pt|br|uk|fr|eu|mx|ar|at|ch|example|test|invalid|local"
)
LINK = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,20}:)?//[^\s)>\]\"'<]+"  # with a scheme, or that of the page
    r"|www\.[^\s)>\]\"'<]+"
    r"|\]\(\s*<?[^\s)>]+"  # where a markdown link goes
    r"|(?:javascript|vbscript|data|file|mailto|tel|sms):[^\s)>\]\"'<]+"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    rf"|(?<![\w@./-])[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:{ENDINGS})(?![\w-])(?:/[^\s)>\]\"'<]*)?",
    re.IGNORECASE,
)
TRAILING = ".,;:!?*_"
BEFORE_HOST = re.compile(
    r"^(?:\]\(\s*<?)?(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:[^/@\s]*@)?", re.IGNORECASE
)
REMOVED = "…"


def links_in(text: str) -> Iterator[tuple[int, str]]:
    """Where each link ends, and the link."""
    for found in LINK.finditer(text):
        link = found[0].rstrip(TRAILING)
        yield found.start() + len(link), link.removeprefix("](").lstrip(" <")


def is_own(link: str, hosts: frozenset[str]) -> bool:
    """It leads to one of these hosts, or to a host below one."""
    host = re.split(r"[/:?#\\]", BEFORE_HOST.sub("", link, count=1), maxsplit=1)[0].lower()
    return any(host == own or host.endswith(f".{own}") for own in hosts)


@lru_cache(maxsize=1024)
def without_foreign_links(text: str, hosts: frozenset[str]) -> str:
    """For what a model may read: a link it never saw is one it cannot pass on. The same passages
    are found again and again."""

    def kept(found: re.Match[str]) -> str:
        link = found[0].rstrip(TRAILING)
        if is_own(link, hosts):
            return found[0]
        opening = "](" if link.startswith("](") else ""
        return opening + REMOVED + found[0][len(link) :]

    return LINK.sub(kept, text)
