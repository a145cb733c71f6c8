"""Whose a link is, however it is written."""

import pytest

from agents.links import is_own, links_in, without_foreign_links

HOSTS = frozenset({"dealer.example"})


@pytest.mark.parametrize(
    "link",
    [
        "https://dealer.example/x1?a=b#c", "http://dealer.example", "www.dealer.example/cars",
        "dealer.example", "shop.dealer.example/parts", "service@dealer.example",
        "mailto:service@dealer.example", "//dealer.example/x",
    ],
)  # fmt: skip
def test_own_links(link: str) -> None:
    assert is_own(link, HOSTS)
    assert without_foreign_links(f"See {link} now.", HOSTS) == f"See {link} now."


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/dealer.example", "https://dealer.example.evil.example/x",
        "https://dealer.example@evil.example", "https://evil.example\\@x", "notdealer.example",
        "www.evil.com", "evil.com/dealer.example", "win@evil.example", "//evil.example/p.png",
        "javascript:alert(1)", "data:text/html;base64,PHNjcmlwdD4", "https://10.0.0.1/a",
        "HTTPS://EVIL.EXAMPLE/A", "http://[::1]/x",
    ],
)  # fmt: skip
def test_foreign_links(link: str) -> None:
    ends = [end for end, _ in links_in(f"See {link} now")]
    assert ends
    assert not is_own(link, HOSTS)
    assert "evil" not in without_foreign_links(f"See {link} now.", HOSTS).lower()


@pytest.mark.parametrize(
    "text",
    [
        "Set it to 2.5 bar, e.g. in winter.", "At 10:30 a.m. we open; the ratio is 4:1.",
        "Use 5W-30 or 0W-20. Then drive.", "Note: the cap is hot.", "and/or", "<EMAIL_1> is known",
        "The tyre size is 215/55 R17.", "3.Dezember",
    ],
)  # fmt: skip
def test_what_is_no_link(text: str) -> None:
    assert list(links_in(text)) == []


def test_a_markdown_link_loses_its_target_alone() -> None:
    text = "Press [here](https://evil.example/x) or [there](https://dealer.example/y)."
    cleaned = without_foreign_links(text, HOSTS)
    assert cleaned == "Press [here](…) or [there](https://dealer.example/y)."
