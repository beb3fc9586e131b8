"""A mask as a flat list of coloured polygons, in the order in which they are painted."""

from dataclasses import dataclass

from core.dazzle.fills import Flat, Stripes
from core.dazzle.geometry import Polygon, area, clip, grown
from core.dazzle.model import Form, Mask, Piece
from core.dazzle.palette import PRINT, Role


@dataclass(frozen=True, slots=True)
class Shape:
    """A polygon on the canvas: y from 0 to 1, x from 0 to the mask's `width`.

    Shapes of one `layer` overlap by less than a pixel, so a renderer may join those of one colour.
    """

    layer: int
    role: Role
    points: Polygon


#: Planes reach a hair beneath their neighbours, and what lies on them a hair further: edges that
#: merely meet leave a broken thread of what is underneath, in Pillow as in a browser.
_LAP = 0.0008


def shapes(mask: Mask) -> list[Shape]:
    """Outline first, then planes, stripes, features and what lies in the features."""
    out = []
    for piece in mask.pieces:

        def add(layer: int, role: Role, points: Polygon, by: float, piece: Piece = piece) -> None:
            out.append(Shape(layer, role, mask.placed(grown(points, by), piece.shift)))

        fill = piece.fill
        add(0, Role.RULE, piece.outline, mask.rule)
        add(1, fill.role if isinstance(fill, Flat) else fill.under, piece.outline, _LAP)
        if isinstance(fill, Stripes):
            for stripe in _stripes(piece.outline, fill):
                add(2, fill.over, stripe, 2 * _LAP)
        for mark in piece.marks:
            add(2 + mark.tier, mark.role, mark.points, 2 * _LAP)
    if mask.form is Form.STRIP:
        out = [Shape(s.layer, s.role, cut) for s in out if (cut := _inside(s.points, mask.width))]
    return sorted(out, key=lambda shape: shape.layer)


def _inside(points: Polygon, width: float) -> Polygon:
    for edge in ((1.0, 0.0, 0.0), (-1.0, 0.0, -width), (0.0, 1.0, 0.0), (0.0, -1.0, -1.0)):
        points = clip(points, edge)
    return points


def _stripes(outline: Polygon, fill: Stripes) -> list[Polygon]:
    nx, ny = -fill.along[1], fill.along[0]
    reach = [nx * x + ny * y for x, y in outline]
    at = min(reach) - fill.pitch * (1 - fill.phase)
    end = max(reach)
    out = []
    while at < end:
        band = clip(clip(outline, (nx, ny, at)), (-nx, -ny, -(at + fill.pitch / 2)))
        if band and area(band) > 1e-4:  # less than a dot at hero size
            out.append(band)
        at += fill.pitch
    return out


def brackets(mask: Mask) -> list[Shape]:
    """The machine's gaze: four corners, each an L of two bars."""
    thick, long = 0.007, 0.08
    left, top, right, bottom = mask.gaze
    out = []
    for x, towards_x in ((left, 1), (right, -1)):
        for y, towards_y in ((top, 1), (bottom, -1)):
            for along_x, along_y in ((long, thick), (thick, long)):
                x2, y2 = x + towards_x * along_x, y + towards_y * along_y
                out.append(Shape(9, Role.GAZE, ((x, y), (x2, y), (x2, y2), (x, y2))))
    return out


def grey_shapes(mask: Mask) -> list[tuple[Polygon, float]]:
    """For a PDF: polygons in painting order with a grey level, 0 black to 1 white."""
    return [(s.points, PRINT.rgb(s.role)[0] / 255) for s in shapes(mask)]
