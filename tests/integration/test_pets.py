"""A module of another package plays by its own rules: in the game, on stores in memory, under a
clock that jumps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from gamestate.content import catalogue
from gamestate.content.live import LiveContent
from gamestate.errors import ConfigurationError, QuarantinedError, RefusedError
from gamestate.server.modules import load_modules
from pets.codec import decode, decode_document, encode, encode_document
from pets.dto import PetDTO, PetsDTO
from pets.settings import PetsSettings
from tests.support.game import Server, World

HUNGRY_AFTER_S = 1_000.0
LONG_S = 1_000_000
SETTINGS: Mapping[str, Any] = {
    "module_settings": {"pets": {"hungry_after_s": HUNGRY_AFTER_S}},
    "passivate_after_s": LONG_S,
    "backup_interval_s": 3_600,
}


class Owner:
    """A character with pets."""

    def __init__(self, server: Server, char_id: int) -> None:
        self.server = server
        self.char_id = char_id

    async def does(self, action: str, **payload: Any) -> Any:
        """The reply to a message."""
        return (await self.server.send(self.char_id, f"pets.{action}", **payload)).reply

    async def adopts(self, name: str = "Mog", species: str = "cat") -> int:
        """The new pet's id."""
        pet_id: int = (await self.does("adopt", name=name, species=species))["pet"]["pet_id"]
        return pet_id

    async def refusal(self, action: str, **payload: Any) -> str:
        """The code of what is refused."""
        before = await self.server.view(self.char_id)
        with pytest.raises(RefusedError) as refused:
            await self.does(action, **payload)
        assert (await self.server.view(self.char_id))["version"] == before["version"]
        return refused.value.code

    async def gets_rations(self, quantity: int) -> None:
        """Food."""
        await self.server.send(
            self.char_id, "inventory.grant", template_id="rations", quantity=quantity
        )

    async def pets(self) -> dict[int, Any]:
        """What a client sees, by id."""
        return {pet["pet_id"]: pet for pet in (await self.does("view"))["pets"]}

    async def rations(self) -> int:
        """How many are left."""
        view = (await self.server.send(self.char_id, "inventory.view")).reply
        return sum(item["quantity"] for item in view["backpack"])


@pytest.fixture
async def owner(pets_world: World) -> Owner:
    server = await pets_world.start(**SETTINGS)
    return Owner(server, await server.character())


async def after_a_crash(world: World, owner: Owner) -> Owner:
    """The same character on the server that is started next."""
    await owner.server.kill()
    return Owner(await world.start(**SETTINGS), owner.char_id)


# ------------------------------------------------------------------ the rules


async def test_a_pet_gets_hungry_as_time_goes_by(owner: Owner) -> None:
    pet = await owner.adopts()
    assert (await owner.pets())[pet]["hunger"] == 50
    await owner.server.pause(HUNGRY_AFTER_S / 4)
    assert (await owner.pets())[pet]["hunger"] == 75
    await owner.server.pause(HUNGRY_AFTER_S)
    assert (await owner.pets())[pet]["hunger"] == 100
    assert await owner.refusal("play", pet_id=pet) == "pet_starving"
    assert await owner.refusal("call", pet_id=pet) == "pet_starving"


async def test_a_meal_takes_one_piece_of_food_in_the_same_turn(owner: Owner) -> None:
    pet = await owner.adopts()
    await owner.gets_rations(3)
    version = (await owner.server.view(owner.char_id))["version"]
    fed = await owner.server.send(owner.char_id, "pets.feed", pet_id=pet)
    assert fed.version == version + 1
    assert fed.reply["pet"]["hunger"] == 0
    assert await owner.rations() == 2
    assert await owner.refusal("feed", pet_id=pet) == "pet_not_hungry"
    assert await owner.rations() == 2


async def test_without_food_neither_the_pet_nor_the_backpack_changes(owner: Owner) -> None:
    pet = await owner.adopts()
    assert await owner.refusal("feed", pet_id=pet) == "not_enough"
    assert (await owner.pets())[pet]["hunger"] == 50


async def test_a_pet_grows_fonder_and_who_rolls_a_one_is_scratched(owner: Owner) -> None:
    pet = await owner.adopts()
    seen, rolls = 0, []
    for _ in range(40):
        before = (await owner.server.view(owner.char_id))["vitals"]["hp"]["cur"]
        reply = await owner.does("play", pet_id=pet)
        after = (await owner.server.view(owner.char_id))["vitals"]["hp"]["cur"]
        rolls.append(reply["pet"]["fondness"] - seen)
        seen = reply["pet"]["fondness"]
        assert reply["scratched"] is (rolls[-1] == 1)
        assert before - after == reply["scratched"]
    assert set(rolls) == {1, 2, 3, 4, 5, 6}


async def test_the_called_pet_is_the_one_meant_and_a_companion(owner: Owner) -> None:
    cat, dog = await owner.adopts(), await owner.adopts("Rex", "dog")
    assert await owner.refusal("play") == "no_pet_called"
    assert await owner.refusal("call", pet_id=10_000) == "unknown_pet"
    await owner.does("call", pet_id=cat)
    assert (await owner.does("call", pet_id=dog))["called"] == dog
    assert (await owner.does("play"))["pet"]["pet_id"] == dog
    derived = (await owner.server.send(owner.char_id, "core.derived")).reply
    assert derived["companion"] == {"species": "dog", "name": "Rex"}
    assert (await owner.does("dismiss"))["called"] is None
    assert "companion" not in (await owner.server.send(owner.char_id, "core.derived")).reply


async def test_there_are_no_more_pets_than_the_operator_allows(owner: Owner) -> None:
    pets = [await owner.adopts() for _ in range(3)]
    assert await owner.refusal("adopt", name="Four", species="cat") == "too_many_pets"
    await owner.does("release", pet_id=pets[0])
    await owner.adopts("Four")
    assert pets[0] not in await owner.pets()


async def test_a_pet_that_nobody_feeds_leaves_by_itself(owner: Owner) -> None:
    pet = await owner.adopts()
    await owner.does("call", pet_id=pet)
    assert (await owner.does("view"))["called"] == pet
    await owner.server.pause(HUNGRY_AFTER_S / 2 + 1)
    assert (await owner.does("view"))["called"] is None


async def test_a_meal_puts_off_its_leaving(owner: Owner) -> None:
    pet = await owner.adopts()
    await owner.does("call", pet_id=pet)
    await owner.gets_rations(1)
    await owner.does("feed")
    await owner.server.pause(HUNGRY_AFTER_S - 1)
    assert (await owner.does("view"))["called"] == pet
    await owner.server.pause(2)
    assert (await owner.does("view"))["called"] is None


# ------------------------------------------------------------------ what is stored


async def test_a_pet_leaves_on_time_on_the_server_that_comes_after_a_crash(
    pets_world: World, owner: Owner
) -> None:
    pet = await owner.adopts()
    await owner.does("call", pet_id=pet)
    later = await after_a_crash(pets_world, owner)
    assert (await later.does("view"))["called"] == pet
    await later.server.pause(HUNGRY_AFTER_S / 2 + 1)
    assert (await later.does("view"))["called"] is None


async def test_a_turn_writes_the_field_of_one_pet_alone(pets_world: World, owner: Owner) -> None:
    cat, dog = await owner.adopts(), await owner.adopts("Rex", "dog")
    key = pets_world.session_key(owner.char_id, "pets")
    names = {b"metadata", b"called", b"pet:%d" % cat, b"pet:%d" % dog}
    assert set(pets_world.hot.session(key)) == names
    pets_world.spoil(key, b"pet:%d" % dog, b"as it was")
    await owner.does("play", pet_id=cat)
    assert pets_world.hot.session(key)[b"pet:%d" % dog] == b"as it was"
    await owner.does("release", pet_id=dog)
    assert set(pets_world.hot.session(key)) == names - {b"pet:%d" % dog}


async def test_pets_that_an_earlier_schema_wrote_are_played_with_by_the_new_one(
    pets_world: World, owner: Owner
) -> None:
    cat, dog = await owner.adopts(), await owner.adopts("Rex", "dog")
    await owner.server.kill()
    write_as_schema_1(pets_world, pets_world.session_key(owner.char_id, "pets"))

    upgraded = Owner(await pets_world.start(**SETTINGS), owner.char_id)
    fondness = (await upgraded.does("play", pet_id=cat))["pet"]["fondness"]
    again = await after_a_crash(pets_world, upgraded)
    pets = await again.pets()
    assert (pets[cat]["fondness"], pets[dog]["fondness"]) == (fondness, 0)


def write_as_schema_1(world: World, key: bytes) -> None:
    """The session as the package wrote it before pets had a fondness."""
    for name, value in dict(world.hot.session(key)).items():
        stored = orjson.loads(value)
        if name == b"metadata":
            world.spoil(key, name, orjson.dumps({**stored, "schema": 1}))
        elif name.startswith(b"pet:"):
            del stored["fondness"]
            world.spoil(key, name, orjson.dumps(stored))


async def test_pets_of_a_schema_to_come_are_kept_as_they_are(
    pets_world: World, owner: Owner
) -> None:
    await owner.adopts()
    await owner.server.kill()
    key = pets_world.session_key(owner.char_id, "pets")
    metadata = orjson.loads(pets_world.hot.session(key)[b"metadata"])
    pets_world.spoil(key, b"metadata", orjson.dumps({**metadata, "schema": 3}))
    before = dict(pets_world.hot.session(key))
    later = Owner(await pets_world.start(**SETTINGS), owner.char_id)
    with pytest.raises(QuarantinedError):
        await later.does("view")
    assert pets_world.hot.session(key) == before


PETS = PetsDTO({7: PetDTO(7, "cat", "Mog", 12.5, 4), 9: PetDTO(9, "dog", "Rex", 1.0, 0)}, called=9)


def test_what_is_written_is_read_as_it_was() -> None:
    assert decode(encode(PETS, None).put, 2) == PETS
    assert decode_document(encode_document(PETS)) == PETS


def test_a_document_of_the_earlier_schema_is_read() -> None:
    pet = {"pet_id": 7, "species": "cat", "name": "Mog", "fed_s": 12.5}
    document = orjson.dumps({"schema": 1, "parts": {"called": None, "pet:7": pet}})
    assert decode_document(document) == PetsDTO({7: PetDTO(7, "cat", "Mog", 12.5, 0)})


@pytest.mark.parametrize(
    "spoilt",
    [
        {"called": b"5"},
        {"called": b"{"},
        {"pet:7": b"null"},
        {"pet:7": b'{"pet_id": 7}'},
        {"pet:8": encode(PETS, ["pet:7"]).put["pet:7"]},
        {"food": b"1"},
    ],
)
def test_what_is_no_session_is_an_error_and_never_half_a_session(spoilt: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        decode({**encode(PETS, None).put, **spoilt}, 2)


# ------------------------------------------------------------------ settings


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"max_pets": 0}, "module_settings.pets.max_pets: 0 is not between 1 and 100"),
        ({"max_pets": "3"}, "module_settings.pets.max_pets: expected a whole number"),
        (
            {"hungry_after_s": float("inf")},
            "module_settings.pets.hungry_after_s: inf is not between 1",
        ),
        ({"hungry": 1}, "module_settings.pets.hungry: unknown field"),
    ],
)
def test_a_wrong_setting_is_told_with_its_path(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        PetsSettings.of(given)
    assert str(refused.value).startswith(said.replace(" must", ": must"))


def test_food_that_the_catalogue_does_not_have_is_told_at_start(
    pets_installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(pets_installed)
    with pytest.raises(ConfigurationError, match=r"module_settings\.pets\.food: .*'moonlight'"):
        load_modules(("pets",), {"pets": {"food": "moonlight"}}, LiveContent(catalogue.load(None)))
