"""Reading the panel's pages."""

import re
from html import unescape


def rows(html: str, table: str = "dense") -> list[list[str]]:
    """The text of the cells of a page's first table of this class, its head left out."""
    found = re.search(rf'<table class="{table}">(.*?)</table>', html, re.S)
    if not found:
        return []
    body = found[1].partition("<tbody>")[2]
    return [
        [text(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)]
        for row in re.findall(r"<tr>(.*?)</tr>", body, re.S)
    ]


def text(html: str) -> str:
    """What a person reads: without marks, blanks joined."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).replace("\xa0", " ").split())


def link(html: str, label: str) -> str:
    """The address of the first link whose text holds `label`; empty if there is none."""
    for address, inner in re.findall(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', html, re.S):
        if label in text(inner):
            return unescape(address)
    return ""
