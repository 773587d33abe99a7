"""The user that Postgres runs as: the server's own, or an unprivileged one if that is root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Final

from attrs import frozen

from persistence.errors import EmbeddedServerError

UNPRIVILEGED: Final = "nobody"
ADVICE: Final = (
    "Postgres does not run as root: run the server as a normal user, "
    "or set GAMESTATE_POSTGRES_DSN to a Postgres of your own"
)


@frozen
class Account:
    """`prefix` goes before a command to run it as this user, who is `uid` and `gid`."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()

    def own(self, path: Path) -> None:
        """Make this user the owner of `path`."""
        os.chown(path, self.uid, self.gid)


def server_account() -> Account:
    """The account Postgres runs as.

    Raises:
        EmbeddedServerError: the server runs as root, and cannot change to another user.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    return _unprivileged_account()


def _unprivileged_account() -> Account:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise EmbeddedServerError(f"{ADVICE} (setpriv, of util-linux, is not installed)")
    try:
        user = pwd.getpwnam(UNPRIVILEGED)
    except KeyError as error:
        raise EmbeddedServerError(f"{ADVICE} (there is no user {UNPRIVILEGED})") from error
    account = Account(user.pw_uid, user.pw_gid, _become(setpriv, user.pw_uid, user.pw_gid))
    _try_out(account)
    return account


def _become(setpriv: str, uid: int, gid: int) -> tuple[str, ...]:
    """A prefix that changes the user and keeps one capability.

    DAC_OVERRIDE lets Postgres reach its program and its data below directories that only root may
    enter, so that no directory's permissions are changed. Postgres asks `access` about its own
    program, which ignores the capabilities of all but root unless NO_SETUID_FIXUP is set.
    """
    return (
        setpriv,
        f"--reuid={uid}",
        f"--regid={gid}",
        "--clear-groups",
        "--securebits=+no_setuid_fixup",
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
    )


def _try_out(account: Account) -> None:
    tried = subprocess.run(
        [*account.prefix, "true"], capture_output=True, text=True, errors="replace", check=False
    )
    if tried.returncode != 0:
        raise EmbeddedServerError(f"{ADVICE} ({tried.stderr.strip()})")
