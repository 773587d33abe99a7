"""The catalogue of the running server and its gateways. A reload replaces all of it between two
turns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import trio

from gamestate.content.catalogue import Catalogue, load
from gamestate.content.items import ItemGateway
from gamestate.content.monsters import MonsterGateway
from gamestate.content.scenarios.gateway import ScenarioGateway


class LiveContent:
    """A catalogue that can be replaced; its gateways return the new one at once.

    Attributes:
        catalogue: as it is now.
        content_dir: where it was read from, beside the starter pack; None: nowhere else.
    """

    def __init__(self, catalogue: Catalogue, content_dir: Path | None = None) -> None:
        self.content_dir = content_dir
        self.catalogue = catalogue
        self.items = ItemGateway(catalogue)
        self.monsters = MonsterGateway(catalogue.monsters)
        self.scenarios = ScenarioGateway(catalogue.scenarios)

    @classmethod
    def read(cls, content_dir: Path | None) -> Self:
        """Read the content from its files. Raises: ContentError: something in it is wrong."""
        return cls(load(content_dir), content_dir)

    async def reload(self) -> Mapping[str, int]:
        """Read the files again and replace the catalogue, all of it or nothing. Returns the number
        of items, monsters and scenarios. Call it on the trio thread.

        Raises: ContentError: something is wrong; nothing was replaced.
        """
        catalogue = await trio.to_thread.run_sync(load, self.content_dir)
        self.replace(catalogue)
        return {
            "items": len(catalogue.items),
            "monsters": len(catalogue.monsters),
            "scenarios": len(catalogue.scenarios),
        }

    def replace(self, catalogue: Catalogue) -> None:
        """Replace the catalogue from the next turn on."""
        self.catalogue = catalogue
        self.items.replace(catalogue)
        self.monsters.replace(catalogue.monsters)
        self.scenarios.replace(catalogue.scenarios)
