"""The expression language: what it can say, what it can't, and that it can't go wrong later."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamestate.content.scenarios.evaluation import Evaluator
from gamestate.content.scenarios.expressions import FLAG, NUMBER, TEXT, Expression, Scope

SCOPE = Scope(
    {"coins": NUMBER, "lit": FLAG, "mood": TEXT},
    {
        "stats": frozenset({"strength", "format", "items"}),
        "vitals": frozenset({"hp", "hp_max"}),
        "derived": frozenset({"armor_class", "strength"}),
    },
    {"item": frozenset({"torch"}), "node": frozenset({"hall"})},
)


class Now:
    """A moment in which everything has a value of its own."""

    location = "town"
    outcome = "victory"

    def variable(self, name: str) -> Any:
        return {"coins": 7, "lit": True, "mood": "calm"}[name]

    def stat(self, name: str) -> int:
        return {"strength": 12, "format": 13, "items": 14}[name]

    def vital(self, name: str) -> int:
        return {"hp": 30, "hp_max": 100}[name]

    def derived(self, name: str) -> int:
        return {"armor_class": 15, "strength": 16}[name]

    def items(self, template_id: str) -> int:
        return {"torch": 2}[template_id]

    def visits(self, node: str) -> int:
        return {"hall": 3}[node]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("coins", NUMBER, 7),
        ("-coins + 2 * (3 - 1)", NUMBER, -3),
        ("coins // 2 % 2", NUMBER, 1),
        ("min(coins, 5, 9) + max(1, 2)", NUMBER, 7),
        ("stats.strength + stats.format + stats.items", NUMBER, 39),
        ("vitals.hp_max - vitals.hp", NUMBER, 70),
        ("derived.armor_class - derived.strength", NUMBER, -1),
        ("items('torch') * visits('hall')", NUMBER, 6),
        ("lit", FLAG, True),
        ("not lit", FLAG, False),
        ("True and not False", FLAG, True),
        ("lit and coins > 6 or coins == 0", FLAG, True),
        ("0 < coins <= 7 != 8", FLAG, True),
        ("mood == 'calm' and location != 'sea'", FLAG, True),
        ("outcome == 'defeat'", FLAG, False),
        ("lit == (coins == 7)", FLAG, True),
        ("mood", TEXT, "calm"),
        ("'rich' if coins > 5 else mood", TEXT, "rich"),
        ("1 if lit else 2", NUMBER, 1),
        (' "it\'s" ', TEXT, "it's"),
    ],
)
def test_an_expression_has_a_kind_and_a_value(text: str, kind: str, value: Any) -> None:
    expression = Expression.parse(text)
    assert expression.kind(SCOPE) == kind
    found = Evaluator().value(expression, Now())
    assert (found, type(found)) == (value, type(value))


def test_only_what_decides_is_looked_at() -> None:
    class Nothing(Now):
        def items(self, template_id: str) -> int:
            raise AssertionError(template_id)

    guarded = Expression.parse("not lit and items('torch') > 0")
    assert Evaluator().value(guarded, Nothing()) is False


def test_a_condition_holds_if_it_is_true_or_none() -> None:
    evaluator = Evaluator()
    assert evaluator.holds(None, Now())
    assert evaluator.holds(Expression.parse("lit"), Now())
    assert not evaluator.holds(Expression.parse("not lit"), Now())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("gold", "there is no variable 'gold' (coins, lit, mood)"),
        ("stats", "'stats' needs a name after it, as stats.format"),
        ("items", "'items' is a function and needs arguments"),
        ("stats.luck", "there is no 'stats.luck' (format, items, strength)"),
        ("vitals.mp", "there is no 'vitals.mp' (hp, hp_max)"),
        ("mood.upper", "'mood.upper' is not possible in an expression"),
        ("stats.strength.real", "'stats.strength.real' is not possible in an expression"),
        ("mood.upper()", "there is no function 'mood.upper' (items, visits, min, max)"),
        ("open('x')", "there is no function 'open' (items, visits, min, max)"),
        ("items('gold')", "\"items('gold')\": there is no item 'gold'"),
        ("visits('attic')", "\"visits('attic')\": there is no node 'attic'"),
        ("items(mood)", "'items(mood)': needs the id of one item in quotes"),
        ("visits()", "'visits()': needs the id of one node in quotes"),
        ("items('torch', 'torch')", "\"items('torch', 'torch')\": needs the id of one item in qu"),
        ("min(1)", "'min(1)': min needs two numbers or more"),
        ("min(1, lit)", "'lit' is true or false and must be a whole number"),
        ("min(1, key=2)", "'min(1, key=2)': arguments have no names"),
        ("coins + mood", "'mood' is a text and must be a whole number"),
        ("'a' + 'b'", "\"'a'\" is a text and must be a whole number"),
        ("coins / 2", "'coins / 2': numbers are combined with + - * // %"),
        ("2 ** 9", "'2 ** 9': numbers are combined with + - * // %"),
        ("1 << 9", "'1 << 9': numbers are combined with + - * // %"),
        ("coins // 0", "'coins // 0': can only be divided by a number that is not 0"),
        ("coins % coins", "'coins % coins': can only be divided by a number that is not 0"),
        ("coins % True", "'coins % True': can only be divided by a number that is not 0"),
        ("coins and lit", "'coins' is a whole number and must be true or false"),
        ("not coins", "'coins' is a whole number and must be true or false"),
        ("~coins", "'~coins' is not possible in an expression"),
        ("+coins", "'+coins' is not possible in an expression"),
        ("-lit", "'lit' is true or false and must be a whole number"),
        ("coins == 'a'", "\"'a'\" is a text and must be a whole number"),
        ("lit < lit", "'lit' is true or false and must be a whole number"),
        ("mood in 'calm'", "\"mood in 'calm'\": is compared with == != < <= > >="),
        ("coins is 3", "'coins is 3': is compared with == != < <= > >="),
        ("1 if coins else 2", "'coins' is a whole number and must be true or false"),
        ("1 if lit else 'a'", "\"'a'\" is a text and must be a whole number"),
        ("1.5", "'1.5' is not possible in an expression"),
        ("9007199254740992", "'9007199254740992' is not possible in an expression"),
        ("None", "'None' is not possible in an expression"),
        ("b'a'", "\"b'a'\" is not possible in an expression"),
        ("'a\x07'", "\"'a\\\\x07'\" is not possible in an expression"),
        ("'a\\n'", "\"'a\\\\n'\" has a backslash, which no expression needs"),
        ("[1]", "'[1]' is not possible in an expression"),
        ("mood[0]", "'mood[0]' is not possible in an expression"),
        ("lambda: 1", "'lambda: 1' is not possible in an expression"),
        ("(x := 1)", "'(x := 1)' is not possible in an expression"),
        ("[x for x in mood]", "'[x for x in mood]' is not possible in an expression"),
        ("f'{mood}'", "\"f'{mood}'\" is not possible in an expression"),
        ("(lambda: 1)()", "there is no function 'lambda: 1' (items, visits, min, max)"),
        ("__import__('os')", "there is no function '__import__' (items, visits, min, max)"),
        ("().__class__", "'().__class__' is not possible in an expression"),
    ],
)
def test_what_an_expression_can_not_say_is_named(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        Expression.parse(text).kind(SCOPE)
    assert str(caught.value).startswith(problem)


@pytest.mark.parametrize(
    "text",
    ["", "a b", "a;b", "a = 1", "import os", "(", "x" * 301, "1 +\n", "\0", "(" * 250 + ")" * 50],
)
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expression"):
        Expression.parse(text)


def test_an_expression_of_too_many_parts_is_refused() -> None:
    with pytest.raises(ValueError, match="too complicated"):
        Expression.parse("+".join("1" * 60))


_numbers = st.sampled_from(["coins", "stats.strength", "vitals.hp", "items('torch')", "0", "3"])
_flags = st.sampled_from(["lit", "mood == 'calm'", "True"])


def _grown(smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from("+ - * and or == < % //".split())
    return st.one_of(
        st.tuples(smaller, operators, smaller).map(lambda parts: f"({' '.join(parts)})"),
        smaller.map(lambda part: f"not {part}"),
        st.tuples(smaller, smaller).map(lambda parts: f"min({parts[0]}, {parts[1]})"),
        st.tuples(smaller, _flags, smaller).map(lambda it: f"({it[0]} if {it[1]} else {it[2]})"),
    )


@given(st.recursive(_numbers | _flags, _grown, max_leaves=12))
def test_what_was_checked_can_be_evaluated_and_is_of_its_kind(text: str) -> None:
    try:
        expression = Expression.parse(text)
        kind = expression.kind(SCOPE)
    except ValueError:
        return
    assert type(Evaluator().value(expression, Now())) is {FLAG: bool, NUMBER: int}[kind]


@given(st.text(max_size=60))
def test_no_text_at_all_crashes_the_check(text: str) -> None:
    try:
        kind = Expression.parse(text).kind(SCOPE)
    except ValueError:
        return
    assert kind in {FLAG, NUMBER, TEXT}
