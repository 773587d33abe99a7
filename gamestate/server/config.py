"""The settings of one server: `gamestate.toml`, overridden by the environment, overridden by flags.

Every setting is a field of `Settings`; in the environment it is called GAMESTATE_ and its name in
capitals, in the file it stands under `[gamestate]` by its name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

import attrs
import typed_settings as ts
from attrs import Attribute, field, frozen
from typed_settings.cls_utils import deep_options
from typed_settings.converters import register_strlist_hook
from typed_settings.exceptions import TsError
from typed_settings.types import OptionList, SettingsClass, SettingsDict

from gamestate.api.auth import is_loopback
from gamestate.errors import ConfigurationError
from gamestate.server.modules import OWN_MODULES

SECTION: Final = "gamestate"
ENV_PREFIX: Final = "GAMESTATE_"
DEFAULT_FILE: Final = Path("gamestate.toml")
PATHS: Final = ("data_dir", "content_dir", "tokens_file")

WORDS: Final[Mapping[Any, str]] = {
    int: "a whole number",
    float: "a number",
    str: "a string",
    str | None: "a string",
    Path: "a path",
    Path | None: "a path",
    tuple[str, ...]: "a list of strings",
}

LogFormat = Literal["console", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]
LoginPolicy = Literal["share", "takeover"]
Check = Callable[[Any, "Attribute[Any]", Any], None]


def _rule(holds: Callable[[Any], object], allowed: str) -> Check:
    """A validator. `allowed`: what the value must be, with a place for the value."""

    def check(_: Any, attribute: Attribute[Any], value: Any) -> None:
        if not holds(value):
            shown = ", ".join(map(str, value)) if isinstance(value, tuple) else value
            text = f"{attribute.name} must be {allowed.format(shown)}"
            raise ConfigurationError(text, setting=attribute.name)

    return check


def _between(low: float, high: float) -> Check:
    allowed = f"between {low:,} and {high:,}, not {{}}"
    return _rule(lambda value: math.isfinite(value) and low <= value <= high, allowed)


def _one_of(literal: Any) -> Check:
    words = get_args(literal)
    return _rule(lambda value: value in words, f"one of {', '.join(words)}, not {{!r}}")


def _url(*schemes: str) -> Check:
    starts = tuple(f"{scheme}://" for scheme in schemes)
    allowed = f"a URL that starts with {' or '.join(starts)}"
    return _rule(lambda value: value is None or value.startswith(starts), allowed)


def _are_names(names: tuple[str, ...]) -> bool:
    written = [name for name in names if re.fullmatch("[a-z][a-z0-9_]*", name)]
    return len(set(written)) == len(names)


def redact(url: str | None) -> str:
    """A URL as it may be logged: without its password."""
    hidden = re.sub(r"(?<=://)([^/?#]*?):.*@", r"\1:***@", url or "None")
    return re.sub(r"(?i)(password=)[^&\s]*", r"\1***", hidden)


@frozen(kw_only=True)
class Settings:
    """How one server runs. `_s` are seconds, `_bytes` bytes.

    Attributes:
        host: the address to listen on; any other than loopback needs a `tokens_file`.
        port: 0 takes a free one.
        redis_url, postgres_dsn: None starts an embedded server under `data_dir`.
        redis_timeout_s, postgres_timeout_s: a call to a store that takes longer fails.
        content_dir: catalogue files; None is the starter pack.
        backup_interval_s: how long after its first unsaved change a character goes to Postgres.
        session_ttl_s: a clean session stays in Redis this long after its last use.
        passivate_after_s: an idle character leaves the memory after this.
        tokens_file: one `name:token` a line; None opens the API to this machine.
        ask_timeout_s: after this a sender gets `outcome_unknown`.
        mailbox_capacity: messages that may wait for one character.
        max_restarts, restart_within_s: a character that crashes more often is stopped.
        max_in_flight: HTTP requests being answered at once.
        max_batch_messages: in one `POST /v1/messages`.
        max_concurrent_restores: logins in progress at once; the others wait their turn.
        login_queue_timeout_s: a login that has waited longer for its turn is refused (503).
        login_policy: what a second login of a character that plays here does: 'share' it, or
            'takeover': the first one's session ends.
        handover_timeout_s: how long another server may take to hand a character over, before it is
            fenced.
        drain_timeout_s: for a clean stop; the next start does the rest.
        events_kept: about how many events the stream `events` keeps for its readers.
        receipts_kept, receipts_kept_s: how many applied message ids are remembered for each
            character, and for how long; what is forgotten would be applied again.
        modules: session modules, by name; in the environment separated by commas.
        module_settings: each module's own settings, by its name.
    """

    host: str = field(default="127.0.0.1", validator=_rule(str.strip, "not empty"))
    port: int = field(default=8080, validator=_between(0, 65_535))
    redis_url: str | None = field(
        default=None, validator=_url("redis", "rediss", "unix"), repr=redact
    )
    postgres_dsn: str | None = field(
        default=None, validator=_url("postgresql", "postgres"), repr=redact
    )
    redis_timeout_s: float = field(default=2.0, validator=_between(0.1, 60))
    postgres_timeout_s: float = field(default=10.0, validator=_between(0.1, 600))
    data_dir: Path = Path(".gamestate")
    content_dir: Path | None = None
    backup_interval_s: float = field(default=30.0, validator=_between(0.05, 86_400))
    session_ttl_s: int = field(default=1_800, validator=_between(1, 2_592_000))
    passivate_after_s: float = field(default=900.0, validator=_between(0.05, 2_592_000))
    tokens_file: Path | None = None
    log_format: LogFormat = field(default="console", validator=_one_of(LogFormat))
    log_level: LogLevel = field(default="info", validator=_one_of(LogLevel))
    ask_timeout_s: float = field(default=5.0, validator=_between(0.01, 600))
    mailbox_capacity: int = field(default=1_000, validator=_between(1, 1_000_000))
    max_restarts: int = field(default=5, validator=_between(0, 10_000))
    restart_within_s: float = field(default=60.0, validator=_between(0.01, 86_400))
    max_body_bytes: int = field(default=1 << 20, validator=_between(1_024, 1 << 30))
    max_in_flight: int = field(default=10_000, validator=_between(1, 1_000_000))
    max_batch_messages: int = field(default=1_000, validator=_between(1, 100_000))
    max_concurrent_restores: int = field(default=512, validator=_between(1, 100_000))
    login_queue_timeout_s: float = field(default=5.0, validator=_between(0.05, 600))
    login_policy: LoginPolicy = field(default="share", validator=_one_of(LoginPolicy))
    handover_timeout_s: float = field(default=2.0, validator=_between(0.01, 60))
    drain_timeout_s: float = field(default=30.0, validator=_between(0.1, 3_600))
    events_kept: int = field(default=100_000, validator=_between(1_000, 100_000_000))
    receipts_kept: int = field(default=64, validator=_between(1, 10_000))
    receipts_kept_s: float = field(default=86_400.0, validator=_between(1, 31_536_000))
    modules: tuple[str, ...] = field(
        default=tuple(OWN_MODULES),
        validator=_rule(_are_names, "different names in small letters, not {}"),
    )
    module_settings: Mapping[str, Mapping[str, Any]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        if self.tokens_file is None and not is_loopback(self.host):
            raise ConfigurationError(
                f"host {self.host} is reachable from other machines: set tokens_file "
                f"({ENV_PREFIX}TOKENS_FILE), or host to 127.0.0.1",
                setting="host",
            )


# ------------------------------------------------------------------ loading


def load_settings(flags: Mapping[str, Any], file: Path | None = None) -> Settings:
    """Read the settings.

    Args:
        flags: settings by name as the command line gives them; None counts as not given.
        file: must exist; without it `gamestate.toml` in the working directory may.

    Raises:
        ConfigurationError: the text names the setting, what set it and what is allowed.
    """
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for name, value, source in _given(flags, file):
        values[name] = _converted(name, value, source)
        sources[name] = source
    try:
        return Settings(**values)
    except ConfigurationError as error:
        source = sources.get(error.facts["setting"], "the default")
        raise ConfigurationError(f"{error.detail} (from {source})", **error.facts) from None


def _given(flags: Mapping[str, Any], file: Path | None) -> Iterator[tuple[str, Any, str]]:
    """The settings that are given, with their sources; later ones override earlier ones."""
    options = deep_options(Settings)
    if file is not None and not file.is_file():
        raise ConfigurationError(f"--config: there is no file {file}")
    path = file or DEFAULT_FILE
    for name, value in _from_file(path, options).items():
        yield name, _relative_to(path, name, value), str(path)
    env = ts.loaders.EnvLoader(ENV_PREFIX)
    for name, value in env(Settings, options).settings.items():
        if value != "":  # as compose files write what is not set
            yield name, value, ENV_PREFIX + name.upper()
    for name, value in flags.items():
        if value is not None:
            yield name, value, "--" + name.replace("_", "-")


def _from_file(path: Path, options: OptionList) -> SettingsDict:
    try:
        loaded = ts.loaders.FileLoader({"*": _section}, [path])(Settings, options)
    except ts.exceptions.InvalidOptionsError as error:
        known = ", ".join(option.name for option in options)
        raise ConfigurationError(f"{error}; known are {known}") from error
    except (TsError, OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: {error}") from error
    return loaded[0].settings if loaded else {}


def _section(path: Path, settings_cls: SettingsClass, options: OptionList) -> SettingsDict:
    """typed-settings' TOML, but a table that is not read is an error too."""
    tables = ts.loaders.TomlFormat(None)(path, settings_cls, options)
    unknown = sorted(tables.keys() - {SECTION})
    if unknown:
        raise ts.exceptions.ConfigFileLoadError(
            f"{', '.join(unknown)} stands outside of [{SECTION}]"
        )
    section = tables.get(SECTION, {})
    if not isinstance(section, dict):
        raise ts.exceptions.ConfigFileLoadError(f"[{SECTION}] is not a table")
    return section


def _relative_to(file: Path, name: str, value: Any) -> Any:
    """A relative path in a file is relative to the file."""
    return file.parent / value if name in PATHS and isinstance(value, str) else value


def _converted(name: str, value: Any, source: str) -> Any:
    type_: Any = attrs.fields_dict(attrs.resolve_types(Settings))[name].type
    if get_origin(type_) is Literal:
        type_ = str  # the validator says which ones there are
    try:
        return _converter().structure(value, type_)
    except Exception as error:
        expected = WORDS.get(type_, "a table of tables")
        raise ConfigurationError(
            f"{name} must be {expected} (from {source})", setting=name
        ) from error


def _converter() -> ts.converters.Converter:
    converter = ts.converters.get_default_cattrs_converter(resolve_paths=False)
    register_strlist_hook(converter, sep=",")
    converter.register_structure_hook(int, _strict(int, bool, float))
    converter.register_structure_hook(float, _strict(float, bool))
    converter.register_structure_hook(str, _string)
    return converter


def _strict(type_: type, *refused: type) -> Callable[[Any, Any], Any]:
    """A hook that converts to `type_`, but not from these types."""

    def convert(value: Any, _: Any) -> Any:
        if isinstance(value, refused):
            raise TypeError(value)
        return type_(value)

    return convert


def _string(value: Any, _: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(type(value))
    return value
