"""The ways to every end of the starter pack's scenarios."""

from __future__ import annotations

BELL = "drowned-bell"
SHOP = "tallow-and-twine"
CLOCK = "water-clock"

NAMES = "chapel torch chapel! read back back"
TRUTH = f"{NAMES} ask press back"
FOUR = "big-middle middle-small small-big middle-small big-middle middle-small small-big"

WALKS = {
    (BELL, "walked-away"): "refuse",
    (BELL, "silver"): "set-out window silver",
    (BELL, "tide"): "set-out window wait:180",
    (BELL, "silence"): "spear set-out door grope strike fight:victory search climb cut",
    (BELL, "peal"): f"{NAMES} set-out door light read-names ring",
    (BELL, "reckoning"): f"{TRUTH} set-out window maren yes",
    (BELL, "lie"): f"{TRUTH} set-out door grope strike fight:fled again light push fight:victory "
    "climb maren no",
    (SHOP, "left"): "sell rope back work back buy torch back leave",
    (CLOCK, "paid"): f"{FOUR} phial coppers",
    (CLOCK, "unpaid"): f"{FOUR} honest",
    (CLOCK, "gave-up"): "give-up",
}
"""Scenario and ending to the way there: choices, `fight:` and its outcome, `wait:` and seconds, and
`node!`, where one stands then."""

POCKETS = {"rope": 1, "torch": 2, "crowbar": 1}
"""What to have on one to go all of them."""
