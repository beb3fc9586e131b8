"""static/fonts.css: the fonts, those that hold their place until they come, and their names."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.vendor_fonts.fallbacks import FALLBACKS, stretches
from tools.vendor_fonts.packages import ALL
from tools.vendor_fonts.web import DISPLAY, TEXT, Font

HEAD = """\
/* Written by `python -m tools.vendor_fonts`; change that, not this.
   "… as Arial" and its like are fonts of the reader's own, stretched to the room that ours take, so
   that nothing moves when ours come. Where web fonts are off, the last names of the stacks count. */
"""
PROPERTIES = {TEXT.family: "--font-text", DISPLAY.family: "--font-display"}
LAST = "system-ui, sans-serif"


def write(fonts: Iterable[Font], sources: dict[str, Path]) -> str:
    """The stylesheet; `sources` are the unpacked packages by name."""
    lines = [HEAD]
    stacks: list[str] = []
    for font in fonts:
        names = [font.wish.family]
        lines += _own_faces(font)
        for fallback in FALLBACKS:
            names.append(f"{font.wish.family} as {fallback.name}")
            for weight, ours in font.measures.items():
                near = weight if weight in fallback.names else 700
                theirs = fallback.measures(sources[fallback.package], near)
                local = ", ".join(f'local("{name}")' for name in fallback.names[near])
                for characters, stretch in stretches(ours, theirs):
                    lines.append(
                        _rule(
                            ("font-family", f'"{names[-1]}"'),
                            ("font-weight", str(weight)),
                            ("src", local),
                            ("unicode-range", characters),
                            ("size-adjust", _percent(stretch)),
                            ("ascent-override", _percent(ours.ascent / stretch)),
                            ("descent-override", _percent(ours.descent / stretch)),
                            ("line-gap-override", "0%"),
                        )
                    )
        stack = ", ".join(f'"{name}"' for name in names)
        stacks.append(f"  {PROPERTIES[font.wish.family]}: {stack}, {LAST};")
        lines.append("")
    return "\n".join([*lines, ":root {", *stacks, "}", ""])


def _own_faces(font: Font) -> Iterator[str]:
    folder = next(package.folder.name for package in ALL if package.name == font.folder)
    for face in font.faces:
        # As in `asset`: the address changes with the content, so it may be kept for ever.
        digest = hashlib.sha256(face.content).hexdigest()[:12]
        yield _rule(
            ("font-family", f'"{font.wish.family}"'),
            ("font-weight", " ".join(map(str, font.wish.weights))),
            ("font-display", "swap"),
            ("src", f'url("vendor/{folder}/{face.file}?v={digest}") format("woff2")'),
            ("unicode-range", ranges(face.characters)),
        )


def ranges(characters: Iterable[int]) -> str:
    """Code points as CSS writes them: "U+20-7E, U+A0"."""
    spans: list[list[int]] = []
    for character in sorted(characters):
        if spans and spans[-1][1] == character - 1:
            spans[-1][1] = character
        else:
            spans.append([character, character])
    return ", ".join(f"U+{a:X}" if a == b else f"U+{a:X}-{b:X}" for a, b in spans)


def _rule(*declarations: tuple[str, str]) -> str:
    return f"@font-face {{ {'; '.join(f'{k}: {v}' for k, v in declarations if v)}; }}"


def _percent(share: float) -> str:
    return f"{share * 100:.2f}%"
