"""The catalogue of a running server is replaced as a whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from gamestate.content.items import UnknownTemplateError
from gamestate.content.library import Library
from gamestate.errors import ContentError

SWORD = '[sunblade]\nname = "{name}"\nkind = "gear"\nweight_mlb = {weight}\n'


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """The starter pack and one item in a folder."""
    write(tmp_path, "Sunblade", 3000)
    return Library.read(tmp_path)


def write(folder: Path, name: str, weight: int) -> None:
    (folder / "items.toml").write_text(SWORD.format(name=name, weight=weight))


async def test_what_the_files_say_now_is_what_every_gateway_says(
    library: Library, tmp_path: Path
) -> None:
    items, old = library.items, library.items.template("sunblade")
    items.view(old)
    write(tmp_path, "Moonblade", 2000)
    counts = await library.reload()
    assert items.template("sunblade").name == "Moonblade"
    assert items.view(items.template("sunblade"))["name"] == "Moonblade"
    assert counts["items"] == 547
    assert counts["monsters"] == len(library.monsters) == len(list(library.monsters))


async def test_each_replacement_is_another_edition(library: Library) -> None:
    before = library.items.edition
    await library.reload()
    assert library.items.edition == before + 1


async def test_an_item_that_is_gone_is_unknown(library: Library, tmp_path: Path) -> None:
    (tmp_path / "items.toml").unlink()
    await library.reload()
    with pytest.raises(UnknownTemplateError):
        library.items.template("sunblade")


async def test_files_that_can_not_be_used_replace_nothing(library: Library, tmp_path: Path) -> None:
    write(tmp_path, "Moonblade", -1)
    with pytest.raises(ContentError, match="sunblade"):
        await library.reload()
    assert library.items.template("sunblade").name == "Sunblade"
    assert library.items.edition == 0
