"""A mask: a face that a person reads and a detector does not.

An oval is cut by half-planes; after each cut one side slides along it, so pieces never overlap
and together keep the oval's area. The pieces are filled with stripes and flat colour, and the
features change colour from piece to piece.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from core.dazzle.face import Face, Feature, Part, draw_face
from core.dazzle.fills import Fill, contrast, deal
from core.dazzle.geometry import (
    Line,
    Point,
    Polygon,
    area,
    box,
    centre,
    direction,
    line_through,
    split,
    thickness,
)
from core.dazzle.palette import Role
from core.dazzle.stream import Stream


class Form(Enum):
    """What the mask is for; sets its canvas and how bold it is drawn."""

    HERO = "hero"  # portrait, 4:5
    MARK = "mark"  # square, read at 32 px
    STRIP = "strip"  # 1200 × 630, the face at one side, calm space for words


@dataclass(frozen=True, slots=True)
class _Style:
    width: float
    pieces: int
    cuts: int
    bold: float
    rule: float  # how far the outline stands out, in face space
    slide: float
    #: Where the face lies: left, top, right, bottom.
    frame: tuple[float, float, float, float]
    #: Where the machine's gaze puts its brackets; the same order.
    gaze: tuple[float, float, float, float]


#: The width of an Open Graph picture, by its height.
_STRIP = 1200 / 630

_STYLES = {
    Form.HERO: _Style(0.8, 11, 4, 1.0, 0.008, 0.05, (0.06, 0.06, 0.74, 0.94), (0, 0, 0.8, 1)),
    Form.MARK: _Style(1.0, 6, 2, 1.35, 0.012, 0.045, (0.03, 0.03, 0.97, 0.97), (0, 0, 1, 1)),
    # Closer than the canvas is high: brow to chin, cut off by the edges.
    Form.STRIP: _Style(
        _STRIP, 11, 4, 1.0, 0.008, 0.05, (0.6, -0.14, 2.12, 1.12), (0.8, 0.05, _STRIP - 0.05, 0.95)
    ),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A feature's part on one piece, with its colour."""

    part: Part
    tier: int
    role: Role
    points: Polygon


@dataclass(frozen=True, slots=True)
class Piece:
    """`outline` and `marks` lie where they were before the cut; `shift` moves them."""

    outline: Polygon
    shift: Point
    fill: Fill
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Mask:
    """Pieces in face space, and how face space lies on a canvas 1 high and `width` wide."""

    form: Form
    width: float
    head: Polygon
    pieces: tuple[Piece, ...]
    rule: float
    scale: float
    origin: Point
    gaze: tuple[float, float, float, float]

    def placed(self, points: Polygon, shift: Point) -> Polygon:
        dx, dy = self.origin[0] + shift[0] * self.scale, self.origin[1] + shift[1] * self.scale
        k = self.scale
        return tuple((x * k + dx, y * k + dy) for x, y in points)


def make_mask(seed: str, *, form: Form = Form.HERO, pieces: int | None = None) -> Mask:
    """The mask of a random public id. Never of a name: a mask would let a name be guessed."""
    style = _STYLES[form]
    count = max(2, min(24, style.pieces if pieces is None else pieces))
    rng = Stream(seed)
    face = draw_face(rng, style.bold)
    cells = _cut(rng, face, style, count)
    cells.sort(key=lambda cell: -area(cell.outline))
    sizes = [area(cell.outline) for cell in cells]
    fills = deal(rng, sizes, [_near(cells, i) for i in range(len(cells))], style.bold)
    made = tuple(
        Piece(cell.outline, cell.shift, fill, _marks(rng, cell, fill))
        for cell, fill in zip(cells, fills, strict=True)
    )
    return _framed(form, style, face.head, made)


#: A kind of cut: a random line that is placed by what it does to a face.
_Family = Callable[[Stream, Face], Line]


@dataclass(slots=True)
class _Cell:
    outline: Polygon
    shift: Point
    sides: tuple[int, ...]  # of every cut: 0, 1, or 2 where the cut did not reach
    features: tuple[Feature, ...]


def _halves(cell: _Cell, line: Line) -> tuple[_Cell | None, _Cell | None]:
    """What lies inside and outside of the line, features and all; it keeps its place."""
    if cell.shift != (0.0, 0.0):
        line = _against(line, cell.shift)
    inside, outside = split(cell.outline, line)
    if not outside:
        return _Cell(inside, cell.shift, (*cell.sides, 1), cell.features), None
    if not inside:
        return None, _Cell(outside, cell.shift, (*cell.sides, 0), cell.features)
    ins: list[Feature] = []
    outs: list[Feature] = []
    for feature in cell.features:
        one, two = split(feature.points, line)
        if one:
            ins.append(Feature(feature.part, feature.tier, one))
        if two:
            outs.append(Feature(feature.part, feature.tier, two))
    return (
        _Cell(inside, cell.shift, (*cell.sides, 1), tuple(ins)),
        _Cell(outside, cell.shift, (*cell.sides, 0), tuple(outs)),
    )


def _cut(rng: Stream, face: Face, style: _Style, count: int) -> list[_Cell]:
    cells = [_Cell(face.head, (0.0, 0.0), (), face.features)]
    families = rng.shuffled((_profile, _across, _jaw, _slash))[: min(style.cuts, count - 1)]
    for family in families:
        cells = _slide(rng, cells, _best(rng, face, cells, family), style)
        if len(cells) >= count:
            break
    while len(cells) < count:
        parted = _divide(rng, cells)
        if parted is None:
            break
        cells = parted
    return cells


def _profile(rng: Stream, face: Face) -> Line:
    """Down the nose: two half faces."""
    return line_through((rng.between(-0.06, 0.06), 0.0), direction(rng.between(0.78, 1.22)))


def _across(rng: Stream, face: Face) -> Line:
    """Through forehead, brows or just under the eyes."""
    y = face.eyes[0][1] + rng.choice((-0.17, -0.06, 0.07)) + rng.between(-0.03, 0.03)
    return line_through((0.0, y), direction(rng.between(-0.3, 0.3) + 2))


def _jaw(rng: Stream, face: Face) -> Line:
    y = face.mouth[1] + (rng.between(-0.13, -0.07) if rng.chance(0.7) else rng.between(0.05, 0.09))
    return line_through((0.0, y), direction(rng.between(-0.4, 0.4) + 2))


def _slash(rng: Stream, face: Face) -> Line:
    turn = rng.between(0.35, 0.65) + (0 if rng.chance(0.5) else 1)
    return line_through((rng.between(-0.12, 0.12), rng.between(-0.15, 0.15)), direction(turn))


def _best(rng: Stream, face: Face, cells: list[_Cell], family: _Family) -> Line:
    """Of a few lines the one whose worst new piece is the least of a sliver."""
    best: Line | None = None
    most = -1.0
    for _ in range(4):
        line = family(rng, face)
        worst = 1.0
        for cell in cells:
            moved = _against(line, cell.shift)
            for part in split(cell.outline, moved):
                if part is not cell.outline and part:
                    worst = min(worst, thickness(part))
        if worst > most:
            best, most = line, worst
        if worst > 0.07:
            break
    assert best is not None
    return best


def _against(line: Line, shift: Point) -> Line:
    """The line as a piece sees it that has already been moved by `shift`."""
    return line[0], line[1], line[2] - _along(line, shift)


def _along(line: Line, shift: Point) -> float:
    return line[0] * shift[0] + line[1] * shift[1]


def _slide(rng: Stream, cells: list[_Cell], line: Line, style: _Style) -> list[_Cell]:
    """Cut everything, and move one side along the cut and a seam's width away from it."""
    slide = rng.sign() * rng.between(0.35, 1.0) * style.slide
    gap = style.rule * 1.6
    move = line[0] * gap - line[1] * slide, line[1] * gap + line[0] * slide
    out = []
    for cell in cells:
        inside, outside = _halves(cell, line)
        if inside is not None:
            inside.shift = inside.shift[0] + move[0], inside.shift[1] + move[1]
            out.append(inside)
        if outside is not None:
            out.append(outside)
    return out


def _divide(rng: Stream, cells: list[_Cell]) -> list[_Cell] | None:
    """Split a large piece in two that stay where they are: a change of pattern, no seam."""
    cells = sorted(cells, key=lambda cell: -area(cell.outline))
    for cell in cells[:3]:
        cx, cy = centre(cell.outline)
        best: Line | None = None
        most = 0.05  # thinner than this is a splinter: rather one piece fewer
        for _ in range(3):
            at = cx + rng.between(-0.03, 0.03), cy + rng.between(-0.03, 0.03)
            line = line_through(at, direction(rng.between(0, 4)))
            one, two = split(cell.outline, line)
            worst = min(thickness(one), thickness(two)) if one and two else 0.0
            if worst > most:
                best, most = line, worst
        if best is None:
            continue
        for other in cells:
            if other is not cell:
                other.sides = (*other.sides, 2)
        halves = _halves(cell, (best[0], best[1], best[2] + _along(best, cell.shift)))
        return [c for c in cells if c is not cell] + [half for half in halves if half is not None]
    return None


def _near(cells: list[_Cell], i: int) -> list[int]:
    """Pieces on the other side of exactly one cut: the neighbours, near enough."""
    own = cells[i].sides
    return [
        j
        for j, cell in enumerate(cells)
        if sum(a != b and 2 not in {a, b} for a, b in zip(own, cell.sides, strict=True)) == 1
    ]


def _marks(rng: Stream, cell: _Cell, fill: Fill) -> tuple[Mark, ...]:
    on, within = contrast(fill, rng)
    roles = {1: on, 2: within, 3: on}
    return tuple(
        Mark(f.part, f.tier, roles[f.tier], f.points)
        for f in cell.features
        # A splinter of a feature is dirt, not a face.
        if area(f.points) > 4e-4 and thickness(f.points) > 0.008
    )


def _framed(form: Form, style: _Style, head: Polygon, pieces: tuple[Piece, ...]) -> Mask:
    """Centre the moved pieces in the frame, as large as they fit."""
    boxes = [(box(p.outline), p.shift) for p in pieces]
    left = min(b[0] + s[0] for b, s in boxes) - style.rule
    top = min(b[1] + s[1] for b, s in boxes) - style.rule
    right = max(b[2] + s[0] for b, s in boxes) + style.rule
    bottom = max(b[3] + s[1] for b, s in boxes) + style.rule
    fl, ft, fr, fb = style.frame
    scale = min((fr - fl) / (right - left), (fb - ft) / (bottom - top))
    origin = (
        (fl + fr) / 2 - scale * (left + right) / 2,
        (ft + fb) / 2 - scale * (top + bottom) / 2,
    )
    return Mask(form, style.width, head, pieces, style.rule, scale, origin, style.gaze)
