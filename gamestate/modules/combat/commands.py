"""The commands of combat. The payload of a message is structured into one of these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final, Literal

from attrs import field, frozen

from gamestate.constraints import AtLeast, AtMost, Between, NotEmpty, Text

if TYPE_CHECKING:
    from attrs import Attribute

MAX_KINDS: Final = 100
MAX_OF_A_KIND: Final = 1_000

ActionName = Literal["attack", "defend", "use_item", "flee", "pass"]


@frozen
class MonsterCount:
    """So many monsters of a kind: `monster` is their id in the catalogue."""

    monster: Annotated[str, Text(64)]
    count: Annotated[int, Between(1, MAX_OF_A_KIND)]


@frozen
class StartCombat:
    """`combat.start`: fight these. `seed` fixes every roll of the fight."""

    monsters: Annotated[Sequence[MonsterCount], NotEmpty(), AtMost(MAX_KINDS)]
    seed: int | None = None


def _if_an_item_is_used(command: Act, attribute: Attribute[int | None], value: int | None) -> None:
    if command.action == "use_item" and value is None:
        raise ValueError(f"'{attribute.name}' must be given")


@frozen
class Act:
    """`combat.act`: the character's turn.

    `attack`: with what it holds, the first monster still up unless `target` names another.
    `defend`: attacks against it have disadvantage until its next turn. `use_item`: what
    `inventory.use` would do with `item_id`. `flee`: a check; failing it costs the turn. `pass`:
    nothing.
    """

    action: ActionName
    target: str | None = None
    item_id: int | None = field(default=None, validator=_if_an_item_is_used)


@frozen
class ViewCombat:
    """`combat.view`: the fight, or the last one if it ended while no player was there.

    `log_from`: show the log from this entry on, as far as the live session has it; without it the
    latest entries are shown.
    """

    log_from: Annotated[int, AtLeast(1)] | None = None


@frozen
class AcknowledgeCombat:
    """`combat.acknowledge`: the player has seen the end of a fight that ended unseen."""


@frozen
class EndCombat:
    """`combat.end`: for operators: end the fight without a winner."""


@frozen
class Leave:
    """`combat.leave`: from the server: the character is being logged out."""


@frozen
class Wake:
    """`combat.wake`: from the server's own timer: the character's turn may have expired."""
