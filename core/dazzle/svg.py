"""A mask as an SVG that a strict content-security-policy lets through.

No script, no style, no identifiers, no address but the namespace: presentation attributes only.
"""

from itertools import groupby

from core.dazzle.model import Mask
from core.dazzle.palette import LIGHT, Palette, Role
from core.dazzle.shapes import Shape, shapes
from core.dazzle.shapes import brackets as gaze_brackets

#: Canvas units to the height: a tenth of a pixel at hero size is finer than anybody sees.
_UNITS = 1000


def render_svg(
    mask: Mask,
    *,
    palette: Palette = LIGHT,
    brackets: bool = False,
    themed: bool = True,
    role_img: bool = False,
    size: tuple[int, int] | None = None,
) -> str:
    """An `<svg>` element, for a page or, as it is, for a file.

    With `themed` the outline takes the colour of the text around it, so one picture serves both
    themes inside a page. As a file of its own it has no text around it: pass `themed=False`.
    A name for the picture is the caller's: decoration wants `aria-hidden` on what holds it.
    """
    drawn = shapes(mask) + (gaze_brackets(mask) if brackets else [])
    drawn.sort(key=lambda shape: (shape.layer, shape.role.value))
    paths = []
    for (_, role), group in groupby(drawn, key=lambda shape: (shape.layer, shape.role)):
        colour = "currentColor" if themed and role is Role.RULE else palette.hex(role)
        paths.append(f'<path fill="{colour}" d="{"".join(map(_path, group))}"/>')
    width = round(mask.width * _UNITS)
    attributes = [f'viewBox="0 0 {width} {_UNITS}"']
    if size is not None:
        attributes.append(f'width="{size[0]}" height="{size[1]}"')
    if role_img:
        attributes.append('role="img"')
    head = " ".join(attributes)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {head}>{"".join(paths)}</svg>'


def _path(shape: Shape) -> str:
    """Whole numbers, each point from the one before; signs stand in for spaces."""
    corners = [(round(x * _UNITS), round(y * _UNITS)) for x, y in shape.points]
    x, y = corners[0]
    parts = [f"M{x} {y}"]
    command = "l"
    for to_x, to_y in corners[1:]:
        dx, dy = to_x - x, to_y - y
        if dx == 0 and dy == 0:
            continue
        gap = "" if dy < 0 else " "
        lead = command if command else ("" if dx < 0 else " ")
        parts.append(f"{lead}{dx}{gap}{dy}")
        command = ""
        x, y = to_x, to_y
    return "".join(parts) + "z"
