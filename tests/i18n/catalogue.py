"""The words of the site and their Russian, as the tests here read them."""

import contextlib
import io
import re
import shlex
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from core.settings import PROJECT

RUSSIAN = PROJECT / "translations" / "ru" / "LC_MESSAGES" / "messages.po"

#: `%(name)s` and the like, and `%%`, which is one sign.
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%")


def extract(to: Path) -> Catalog:
    """Collect the words anew, with the very command of `make i18n`, into a file of its own."""
    recipe = (PROJECT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    found = re.search(r"\$\(BABEL\) (extract .*)", recipe)
    assert found, "`make i18n` extracts nothing"
    command = shlex.split(found[1])
    command[command.index("--output") + 1] = str(to)
    with contextlib.chdir(PROJECT), contextlib.redirect_stderr(io.StringIO()):
        CommandLineInterface().run(["pybabel", "--quiet", *command])  # type: ignore[no-untyped-call]
    return _read(to)


def russian() -> Catalog:
    """The Russian catalogue."""
    return _read(RUSSIAN, locale="ru")


def compile_russian(into: Path) -> Path:
    """A folder of translations with the catalogue as it is now, whatever was compiled before."""
    target = into / "ru" / "LC_MESSAGES" / "messages.mo"
    target.parent.mkdir(parents=True)
    with target.open("wb") as file:
        write_mo(file, russian())
    return into


def sources(message: Message) -> tuple[str, ...]:
    """What is said in English: one sentence, or singular and plural."""
    return tuple(message.id) if isinstance(message.id, list | tuple) else (message.id,)


def renderings(message: Message) -> tuple[str, ...]:
    """What is said instead: one sentence, or one per plural form."""
    found = message.string
    return tuple(map(str, found)) if isinstance(found, list | tuple) else (str(found or ""),)


def words_of(catalogue: Catalog) -> list[Message]:
    """All messages; the head of the file is none."""
    return [message for message in catalogue if message.id]


def _read(path: Path, locale: str | None = None) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=locale)
