"""The verbs as data, and the parser of a line."""

from __future__ import annotations

from typing import Final

from attrs import frozen


class NotUnderstoodError(Exception):
    """The line cannot be parsed; the text says what could be typed."""


@frozen
class Verb:
    """One thing a player can do.

    Attributes:
        name: what it is called; any beginning that fits no other verb will do, too.
        also: other words for it, and short ones.
        takes: what follows it, as the help shows it.
        does: one line of help.
    """

    name: str
    also: tuple[str, ...]
    takes: str
    does: str

    @property
    def words(self) -> tuple[str, ...]:
        """Everything it may be called by."""
        return (self.name, *self.also)


@frozen
class Order:
    """A parsed line: the name of a verb, and the rest."""

    verb: str
    rest: str = ""


PICK: Final = "pick"
"""The verb of a bare number: the choice, or the enemy, of this number."""

YOU: Final = (
    Verb("look", ("l",), "", "where you are, how you are, and what is going on"),
    Verb("me", ("m", "sheet"), "", "stats, armor, attacks, and what works on you"),
    Verb("go", ("g", "move", "walk"), "PLACE", "go somewhere"),
    Verb("rest", ("r", "sleep"), "", "get all your points back, outside of fights"),
)
THINGS: Final = (
    Verb("inventory", ("i", "inv"), "[WORD]", "what you wear and carry"),
    Verb("inspect", ("x", "examine"), "ITEM", "everything there is to say about it"),
    Verb("equip", ("e", "wear", "wield"), "ITEM [in SLOT]", "put it on, or into your hand"),
    Verb("unequip", ("un", "remove"), "ITEM or SLOT", "take it off"),
    Verb("use", ("u", "drink", "eat"), "ITEM", "use it; in a fight this is your turn"),
    Verb("drop", (), "[COUNT] ITEM", "leave it behind"),
    Verb("grant", ("gr",), "[COUNT] ITEM", "have it given to you, as a loot service would"),
)
FIGHTS: Final = (
    Verb("fight", ("f",), "[COUNT] MONSTER, …", "pick a fight: fight 2 giant rats, wolf"),
    Verb("attack", ("a", "hit", "kill"), "[ENEMY]", "by number or name; else the first one"),
    Verb("defend", ("d", "guard"), "", "be harder to hit until your next turn"),
    Verb("flee", ("fl", "run"), "", "try to get away"),
    Verb("pass", ("p", "wait"), "", "do nothing this turn"),
    Verb("monsters", ("mo", "bestiary"), "[WORD]", "whom you could fight"),
)
SCENARIOS: Final = (
    Verb("scenarios", ("sc", "tales", "quests"), "", "which scenarios there are"),
    Verb("start", ("s", "begin", "play"), "SCENARIO", "begin one"),
    Verb("choose", ("c",), "NUMBER", "choose; the number alone will do"),
    Verb("abandon", (), "yes", "leave the scenario for good"),
)
REST: Final = (
    Verb("again", (), "", "ask once more what was never answered"),
    Verb("help", ("h", "?"), "[VERB]", "this"),
    Verb("logout", (), "", "log the character out, and end"),
    Verb("quit", ("q", "exit", "bye"), "", "end; the character stays logged in"),
)

GROUPS: Final = (
    ("You", YOU),
    ("Your things", THINGS),
    ("Fights", FIGHTS),
    ("Scenarios", SCENARIOS),
    ("And", REST),
)
"""The verbs in the order of the help."""

VERBS: Final = tuple(verb for _, verbs in GROUPS for verb in verbs)


def parse(line: str) -> Order | None:
    """Parse a line; None if it is blank.

    Raises: NotUnderstoodError: it begins with no verb, or with the beginning of several.
    """
    word, _, rest = line.strip().partition(" ")
    if not word:
        return None
    if word.isdecimal() and not rest.strip():
        return Order(PICK, word)
    return Order(verb_of(word).name, rest.strip())


def verb_of(word: str) -> Verb:
    """The verb a word stands for. Raises: NotUnderstoodError, as `parse`."""
    word = word.casefold()
    for verb in VERBS:
        if word in verb.words:
            return verb
    found = [verb for verb in VERBS if any(known.startswith(word) for known in verb.words)]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(verb.name for verb in found)
        raise NotUnderstoodError(f"{word!r} could be {names}.")
    raise NotUnderstoodError(f"I don't know how to {word!r}. Type help to see what I know.")
