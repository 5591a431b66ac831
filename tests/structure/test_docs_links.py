"""Every relative link in the documents leads to a file, and to a heading in it."""

import re
from pathlib import Path

import pytest

from source_tree import REPO

LINK = re.compile(r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+\s+(.*?)\s*#*$", re.MULTILINE)
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def documents() -> list[Path]:
    skipped = {"demo", "dist", "node_modules"}
    return sorted(
        path
        for path in REPO.rglob("*.md")
        if not any(p in skipped or p.startswith(".") for p in path.relative_to(REPO).parts)
    )


def anchors(path: Path) -> set[str]:
    """Heading anchors as code hosts make them."""
    headings = HEADING.findall(FENCE.sub("", path.read_text(encoding="utf-8")))
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def leads_nowhere(document: Path, link: str) -> bool:
    target, _, anchor = link.partition("#")
    path = (document.parent / target) if target else document
    if not path.exists():
        return True
    return bool(anchor) and path.suffix == ".md" and anchor not in anchors(path)


@pytest.mark.parametrize(
    "document", documents(), ids=lambda p: p.relative_to(REPO).as_posix()
)
def test_relative_links_resolve(document: Path) -> None:
    links = LINK.findall(FENCE.sub("", document.read_text(encoding="utf-8")))
    local = [link for link in links if not ELSEWHERE.match(link)]
    assert [link for link in local if leads_nowhere(document, link)] == []
