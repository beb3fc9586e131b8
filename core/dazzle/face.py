"""A face before it is cut: an oval with brows, eyes, nose and mouth.

Face space: the middle of the head is (0, 0), the head is 1 high, y grows downwards. Every feature
is one of a few plain convex shapes, big enough to be read at 32 px.
"""

from dataclasses import dataclass
from enum import Enum

from core.dazzle.geometry import Point, Polygon, clip_by, direction, split
from core.dazzle.stream import Stream


class Part(Enum):
    BROW = "brow"
    NOSE = "nose"
    EYE = "eye"
    IRIS = "iris"
    PUPIL = "pupil"
    MOUTH = "mouth"
    TEETH = "teeth"


@dataclass(frozen=True, slots=True)
class Feature:
    """A part of the face. A higher `tier` lies on a lower one."""

    part: Part
    tier: int
    points: Polygon


@dataclass(frozen=True, slots=True)
class Face:
    head: Polygon
    features: tuple[Feature, ...]
    eyes: tuple[Point, Point]
    #: Where a cut does most to a detector and least to a person.
    mouth: Point


def draw_face(rng: Stream, bold: float) -> Face:
    """`bold` enlarges the features: 1 for a hero, more for a mark that is seen at 32 px."""
    half = rng.between(0.355, 0.405)
    eye_y = rng.between(-0.10, -0.06)
    eye_x = half * rng.between(0.43, 0.49)
    mouth = (rng.between(-0.015, 0.015), rng.between(0.245, 0.285))
    left, right = (-eye_x, eye_y), (eye_x, eye_y + rng.between(-0.012, 0.012))
    features = [
        *_brows(rng, left, right, bold),
        *_nose(rng, eye_y, bold),
        *_eyes(rng, left, right, bold, half),
        *_mouth(rng, mouth, bold),
    ]
    # Fewer corners on a small mark: nobody sees them, and its SVG is shorter.
    return Face(_head(rng, half, 56 if bold < 1.2 else 40), tuple(features), (left, right), mouth)


def _head(rng: Stream, half: float, corners: int) -> Polygon:
    """An oval, narrower towards the chin, with a few flat facets that make its outline its own."""
    taper = rng.between(0.06, 0.2)
    points = []
    for i in range(corners):
        c, s = direction(4 * i / corners)
        points.append((half * c * (1 - taper * s), 0.5 * s))
    head: Polygon = tuple(points)
    # A facet is a half-plane that takes a shallow slice off: jaw, chin, temple or crown.
    for turn, deep in (
        (rng.between(0.55, 0.75), rng.between(0.0, 0.055)),
        (rng.between(1.25, 1.45), rng.between(0.0, 0.055)),
        (rng.between(0.95, 1.05), rng.between(-0.02, 0.035)),
        (rng.between(2.4, 3.6), rng.between(-0.02, 0.05)),
    ):
        if deep <= 0.008:
            continue
        nx, ny = direction(turn)
        far = max(nx * x + ny * y for x, y in head)
        head = split(head, (nx, ny, far - deep))[1]
    return head


def _place(points: list[Point], at: Point, size: float, flip: float = 1.0) -> Polygon:
    return tuple((at[0] + x * size * flip, at[1] + y * size) for x, y in points)


def _disc(at: Point, radius: float, corners: int = 16) -> Polygon:
    ring = [direction(4 * i / corners) for i in range(corners)]
    return tuple((at[0] + radius * c, at[1] + radius * s) for c, s in ring)


#: An almond: two arcs of a few corners, pointed at the ends. Convex, so that it clips cleanly.
_ALMOND = [
    (-1.0, 0.06), (-0.72, -0.28), (-0.36, -0.47), (0.0, -0.53), (0.36, -0.47), (0.72, -0.28),
    (1.0, 0.0), (0.72, 0.27), (0.36, 0.42), (0.0, 0.47), (-0.36, 0.43), (-0.72, 0.3),
]  # fmt: skip
_BLOCK = [(-1.0, -0.42), (0.86, -0.5), (1.0, 0.34), (-0.9, 0.46)]
_HALF_LID = [
    (-1.0, -0.16), (1.0, -0.26), (0.8, 0.16), (0.4, 0.4), (0.0, 0.47), (-0.4, 0.42), (-0.8, 0.2),
]  # fmt: skip
_WEDGE = [(-1.0, 0.3), (0.9, -0.55), (1.0, 0.4)]


def _eyes(rng: Stream, left: Point, right: Point, bold: float, half: float) -> list[Feature]:
    """Two eyes, of two kinds more often than of one: symmetry is what a detector looks for first."""
    first = rng.choice((_ALMOND, _ALMOND, _HALF_LID))
    second = first if rng.chance(0.4) else rng.choice((_BLOCK, _HALF_LID, _ALMOND, _WEDGE))
    kinds = [first, second] if rng.chance(0.5) else [second, first]
    width = half * rng.between(0.27, 0.32) * (0.85 + 0.15 * bold)
    look = (rng.between(-0.24, 0.24) * width, rng.between(-0.05, 0.04) * width)
    out = []
    for at, shape, flip in ((left, kinds[0], -1.0), (right, kinds[1], 1.0)):
        out.append(Feature(Part.EYE, 1, _place(shape, at, width, flip)))
        # A large iris that the lids cut: an eye that looks, not one that stares.
        radius = width * rng.between(0.4, 0.47)
        middle = (at[0] + look[0], at[1] + look[1])
        out.append(Feature(Part.IRIS, 2, clip_by(_disc(middle, radius), out[-1].points)))
        if bold < 1.2:
            out.append(Feature(Part.PUPIL, 3, _disc(middle, radius * 0.42, 12)))
    return out


def _brows(rng: Stream, left: Point, right: Point, bold: float) -> list[Feature]:
    out = []
    thick = rng.between(0.03, 0.05) * bold
    for at, flip in ((left, -1.0), (right, 1.0)):
        lift = rng.between(0.085, 0.105)
        tilt = rng.between(-0.035, 0.03)
        inner, outer = -0.105, 0.12
        shape = [
            (inner, -lift - tilt),
            (outer, -lift + tilt * 0.4),
            (outer * 0.92, -lift + tilt * 0.4 + thick * 0.55),
            (inner, -lift - tilt + thick),
        ]
        out.append(Feature(Part.BROW, 1, _place(shape, at, 1.0, flip)))
    return out


def _nose(rng: Stream, eye_y: float, bold: float) -> list[Feature]:
    """The nose's shadow: one side of a wedge, as a woodcut has it, or the whole wedge."""
    flip = rng.sign()
    tip = rng.between(0.125, 0.165)
    wide = rng.between(0.065, 0.09) * (0.7 + 0.3 * bold)
    top = eye_y + rng.between(-0.03, 0.03)
    kind = rng.below(3)
    if kind == 0:
        shape = [(0.0, top), (wide, tip - 0.03), (wide * 0.6, tip), (0.0, tip)]
    elif kind == 1:
        shape = [
            (-0.014, top), (0.014, top),
            (wide * 0.8, tip - 0.035), (0.0, tip), (-wide * 0.8, tip - 0.035),
        ]  # fmt: skip
    else:
        shape = [(-0.02, top), (0.022, top), (wide, tip), (-wide * 0.35, tip)]
    return [Feature(Part.NOSE, 1, _place(shape, (0.0, 0.0), 1.0, flip))]


def _mouth(rng: Stream, at: Point, bold: float) -> list[Feature]:
    wide = rng.between(0.13, 0.17)
    tall = rng.between(0.05, 0.066) * (0.75 + 0.25 * bold)
    skew = rng.between(-0.018, 0.018)
    kind = rng.below(3)
    if kind == 0:  # two lips, parted by what lies beneath
        upper = [(-wide, skew), (-wide * 0.35, -tall), (wide * 0.35, -tall), (wide, -skew)]
        lower = [
            (-wide * 0.86, 0.014 + skew), (wide * 0.86, 0.014 - skew),
            (wide * 0.4, tall * 1.1), (-wide * 0.4, tall * 1.1),
        ]  # fmt: skip
        return [
            Feature(Part.MOUTH, 1, _place(upper, at, 1.0)),
            Feature(Part.MOUTH, 1, _place(lower, at, 1.0)),
        ]
    if kind == 1:  # a block with a row of teeth
        block = [
            (-wide, -tall * 0.8 + skew),
            (wide, -tall * 0.8 - skew),
            (wide * 0.8, tall),
            (-wide * 0.8, tall),
        ]
        teeth = [
            (-wide * 0.7, -tall * 0.3 + skew),
            (wide * 0.7, -tall * 0.3 - skew),
            (wide * 0.6, tall * 0.3),
            (-wide * 0.6, tall * 0.3),
        ]
        return [
            Feature(Part.MOUTH, 1, _place(block, at, 1.0)),
            Feature(Part.TEETH, 2, _place(teeth, at, 1.0)),
        ]
    closed = [(-wide, skew), (0.0, -tall), (wide, -skew), (wide * 0.45, tall), (-wide * 0.45, tall)]
    return [Feature(Part.MOUTH, 1, _place(closed, at, 1.0))]
