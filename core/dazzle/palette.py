"""The colours a mask is drawn with."""

from dataclasses import dataclass
from enum import Enum


class Role(Enum):
    """What a colour is for; a palette says which it is."""

    #: The outline and the seams: dark on a light page, light on a dark one.
    RULE = "rule"
    INK = "ink"
    PAPER = "paper"
    VERMILION = "vermilion"
    ULTRAMARINE = "ultramarine"
    YELLOW = "yellow"
    #: The machine's gaze: corner brackets, nothing else.
    GAZE = "gaze"


ACCENTS = (Role.VERMILION, Role.ULTRAMARINE, Role.YELLOW)

Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as `#RRGGBB`; `page` is what the mask lies on when it must not be transparent."""

    name: str
    page: str
    rule: str
    ink: str
    paper: str
    vermilion: str
    ultramarine: str
    yellow: str
    gaze: str

    def hex(self, role: Role) -> str:
        return str(getattr(self, role.value))

    def rgb(self, role: Role) -> Rgb:
        return to_rgb(self.hex(role))


def to_rgb(colour: str) -> Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


LIGHT = Palette(
    name="light",
    page="#F3F4EF",
    rule="#12110F",
    ink="#12110F",
    paper="#FFFFFF",
    vermilion="#FF4A1C",
    ultramarine="#2A2FD0",
    yellow="#FFD400",
    gaze="#00854A",
)
#: Only the rule and the gaze turn over: a mark must stay the same mark in both themes.
DARK = Palette(
    name="dark",
    page="#0F0F14",
    rule="#F4F2EA",
    ink="#0F0F14",
    paper="#F4F2EA",
    vermilion="#FF4A1C",
    ultramarine="#2A2FD0",
    yellow="#FFD400",
    gaze="#3DDC84",
)
#: Greys that stay apart on a laser printer: no two roles nearer than an eighth.
PRINT = Palette(
    name="print",
    page="#FFFFFF",
    rule="#000000",
    ink="#000000",
    paper="#FFFFFF",
    vermilion="#808080",
    ultramarine="#404040",
    yellow="#D0D0D0",
    gaze="#606060",
)
PALETTES = {palette.name: palette for palette in (LIGHT, DARK, PRINT)}
