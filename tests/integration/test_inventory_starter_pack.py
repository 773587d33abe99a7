"""Every item that the server ships goes through every command, in a running game."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from gamestate.content.catalogue import load
from gamestate.content.templates import STATS, ItemTemplate
from gamestate.errors import RefusedError
from tests.support.game import Server, World

MIGHTY: Final = dict.fromkeys(STATS, 100)
STACK: Final = 6
TIMES: Final = 3
"""How often an item is used; some have hundreds of charges."""


class Player:
    """One character, and the replies it gets."""

    def __init__(self, server: Server, char_id: int) -> None:
        self._server = server
        self._char_id = char_id

    async def does(self, action: str, **payload: Any) -> Mapping[str, Any]:
        """The reply; `{"code": …}` if it is refused."""
        try:
            receipt = await self._server.send(self._char_id, f"inventory.{action}", **payload)
        except RefusedError as error:
            return {"code": error.code}
        reply: Mapping[str, Any] = receipt.reply
        return reply

    async def is_nearly_dead(self) -> None:
        """One hit point is left, so that whatever heals shows all it can."""
        for change in (1000, -99):
            await self._server.send(self._char_id, "core.adjust_vitals", hp=change)


@pytest.fixture
async def player(world: World) -> Player:
    server = await world.start(backup_interval_s=86_400, passivate_after_s=86_400)
    char_id = (await server.orchestrator.create("Mira", stats=MIGHTY))["char_id"]
    await server.login(char_id)
    return Player(server, char_id)


async def test_every_item_can_be_got_worn_used_split_and_dropped_or_says_why_not(
    player: Player,
) -> None:
    for template in load().items.values():
        quantity = min(template.max_stack, STACK)
        granted = await player.does("grant", template_id=template.template_id, quantity=quantity)
        [stack] = granted["items"]
        assert stack["quantity"] == quantity
        await is_worn(player, template, stack["item_id"])
        await is_used(player, template, stack["item_id"])
        await is_divided(player, template, stack["item_id"])
        await is_dropped(player, template)
    view = await player.does("view")
    assert view["weight"]["total"] == view["slots"]["used"] == 0


async def is_worn(player: Player, template: ItemTemplate, item_id: int) -> None:
    if not template.slots:
        assert await player.does("equip", item_id=item_id) == {"code": "not_equippable"}
    for slot in template.slots:
        worn = await player.does("equip", item_id=item_id, slot=slot)
        assert worn["item"]["slot"] == slot, template.template_id
        assert worn["displaced"] == []
        assert await player.does("drop", item_id=item_id) == {"code": "equipped"}
        stowed = await player.does("unequip", slot=slot)
        assert stowed["item"]["slot"] is None, template.template_id


async def is_used(player: Player, template: ItemTemplate, item_id: int) -> None:
    if not template.charges:
        assert await player.does("use", item_id=item_id) == {"code": "not_usable"}
        return
    for time in range(1, TIMES + 1):
        await player.is_nearly_dead()
        used = await player.does("use", item_id=item_id)
        if time > template.charges and not template.consumable:
            assert used == {"code": "no_charges"}, template.template_id
            continue
        assert [it["effect"] for it in used["effects"]] == [it.effect for it in template.effects]
        for effect in used["effects"]:
            assert effect["gained"] == effect["rolled"] > 0, template.template_id
        if used["left"] == 0:
            break


async def is_divided(player: Player, template: ItemTemplate, item_id: int) -> None:
    """Until one is left that can't be divided; then it is put together again."""
    parts = []
    while "item" in (split := await player.does("split", item_id=item_id, quantity=1)):
        assert split["item"]["quantity"] == 1
        parts.append(split["item"]["item_id"])
    left = left_over(template)
    assert split["code"] == ("split_exceeds" if left else "unknown_item"), template.template_id
    assert len(parts) == max(0, left - 1), template.template_id
    for part in parts:
        assert (await player.does("merge", source_id=part, target_id=item_id))["moved"] == 1


def left_over(template: ItemTemplate) -> int:
    """How many of the stack are there after it was used."""
    stack = min(template.max_stack, STACK)
    uses = TIMES if template.consumable and template.charges <= TIMES else 0
    return max(0, stack - uses)


async def is_dropped(player: Player, template: ItemTemplate) -> None:
    for item in (await player.does("view"))["backpack"]:
        dropped = await player.does("drop", item_id=item["item_id"])
        assert (dropped["dropped"], dropped["left"]) == (item["quantity"], 0), template.template_id
