"""The catalogue of a running server is replaced as a whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from gamestate.content.items import UnknownTemplateError
from gamestate.content.live import LiveContent
from gamestate.errors import ContentError

SWORD = '[sunblade]\nname = "{name}"\nkind = "gear"\nweight_mlb = {weight}\n'


@pytest.fixture
def content(tmp_path: Path) -> LiveContent:
    """The starter pack and one item in a folder."""
    write(tmp_path, "Sunblade", 3000)
    return LiveContent.read(tmp_path)


def write(folder: Path, name: str, weight: int) -> None:
    (folder / "items.toml").write_text(SWORD.format(name=name, weight=weight))


async def test_what_the_files_say_now_is_what_every_gateway_says(
    content: LiveContent, tmp_path: Path
) -> None:
    items, old = content.items, content.items.template("sunblade")
    items.view(old)
    write(tmp_path, "Moonblade", 2000)
    counts = await content.reload()
    assert items.template("sunblade").name == "Moonblade"
    assert items.view(items.template("sunblade"))["name"] == "Moonblade"
    assert counts["items"] == 547
    assert counts["monsters"] == len(content.monsters) == len(list(content.monsters))


async def test_each_replacement_is_another_edition(content: LiveContent) -> None:
    before = content.items.edition
    await content.reload()
    assert content.items.edition == before + 1


async def test_an_item_that_is_gone_is_unknown(content: LiveContent, tmp_path: Path) -> None:
    (tmp_path / "items.toml").unlink()
    await content.reload()
    with pytest.raises(UnknownTemplateError):
        content.items.template("sunblade")


async def test_files_that_can_not_be_used_replace_nothing(
    content: LiveContent, tmp_path: Path
) -> None:
    write(tmp_path, "Moonblade", -1)
    with pytest.raises(ContentError, match="sunblade"):
        await content.reload()
    assert content.items.template("sunblade").name == "Sunblade"
    assert content.items.edition == 0
