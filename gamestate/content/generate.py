"""Make the starter pack from the SRD data set: `python -m gamestate.content.generate FACTS OUT`.

FACTS is the folder with `items.jsonl` and `monsters.jsonl`; `items.json` and `monsters.json` are
written to OUT. The same facts always give the same bytes, one entry a line, ordered by id.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
import orjson

from gamestate.content.srd.facts import ItemFacts, MonsterFacts, read_facts
from gamestate.content.srd.items import item_template
from gamestate.content.srd.monsters import monster_template
from gamestate.content.templates import ItemTemplate, MonsterTemplate
from gamestate.errors import ContentError
from gamestate.structure import to_json


def generate(facts: Path, out: Path) -> None:
    """Write both catalogue files.

    Raises:
        ContentError: a fact is not understood; the text names it.
        OSError: a file cannot be read or written.
    """
    items = map(item_template, read_facts(facts / "items.jsonl", ItemFacts))
    monsters = map(monster_template, read_facts(facts / "monsters.jsonl", MonsterFacts))
    (out / "items.json").write_bytes(_shelf(items))
    (out / "monsters.json").write_bytes(_shelf(monsters))


def _shelf(templates: Iterable[ItemTemplate | MonsterTemplate]) -> bytes:
    ordered = sorted(templates, key=lambda template: template.template_id)
    return b"{\n" + b",\n".join(_line(template) for template in ordered) + b"\n}\n"


def _line(template: ItemTemplate | MonsterTemplate) -> bytes:
    entry = to_json(template)
    return orjson.dumps(entry.pop("template_id")) + b": " + orjson.dumps(entry)


_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("facts", type=_FOLDER)
@click.argument("out", type=_FOLDER)
def main(facts: Path, out: Path) -> None:
    """Make items.json and monsters.json in OUT from the SRD facts in FACTS."""
    try:
        generate(facts, out)
    except (ContentError, OSError) as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
