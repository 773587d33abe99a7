"""The pages name files, headings and classes that there are, and the index names every page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
PAGES: Final = sorted(path.relative_to(ROOT) for path in [*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
FILE: Final = re.compile(r"`((?:actors|persistence|gamestate|tests|deploy|docs)/[\w./-]*)[`:]")
CLASS: Final = re.compile(r"^class (\w+)", re.MULTILINE)
PACKAGES: Final = ("actors", "persistence", "gamestate")
HISTORY: Final = {"CHANGELOG.md"}
"""Pages that may name what is no more."""


def prose(page: Path) -> str:
    """A page without its code blocks."""
    return re.sub(r"```.*?```", "", (ROOT / page).read_text("utf-8"), flags=re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """Where a page's own links lead: file and anchor."""
    for target in LINK.findall(prose(page)):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            yield (ROOT / page.parent / path).resolve() if path else ROOT / page, anchor


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_to_a_page_and_a_heading(page: Path) -> None:
    found = list(links(page))
    assert [path for path, _ in found if not path.exists()] == []
    assert [one for one in found if one[1] and one[1] not in anchors(one[0])] == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    named = [] if page.name in HISTORY else FILE.findall(prose(page))
    assert [file for file in named if not (ROOT / file).exists()] == []


def test_the_index_names_every_page() -> None:
    indexes = DOCS / "README.md", DOCS / "decisions" / "README.md"
    named = {path for index in indexes for path, _ in links(index)}
    assert set(DOCS.rglob("*.md")) - {indexes[0]} - named == set()


def test_every_class_that_the_glossary_names_is_there() -> None:
    sources = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    there = {name for path in sources for name in CLASS.findall(path.read_text("utf-8"))}
    assert set(re.findall(r"`([A-Z][A-Za-z]+)`", prose(Path("docs/glossary.md")))) - there == set()
