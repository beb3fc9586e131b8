"""Polygons and half-planes. Only `+ − × ÷` and `sqrt`, which IEEE 754 fixes to the last bit.

Sine and cosine may differ between C libraries in the last bit; a mask may not.
"""

from math import sqrt

#: y grows downwards. A polygon does not repeat its first point at its end.
Point = tuple[float, float]
Polygon = tuple[Point, ...]
#: A half-plane's edge: unit normal and distance; inside is where `nx·x + ny·y ≥ d`.
Line = tuple[float, float, float]

_NEAR = 1e-9


def direction(turn: float) -> Point:
    """A unit vector; `turn` 0…4 counts quarter turns (not quite evenly inside a quarter)."""
    quarter = int(turn // 1)
    t = turn - quarter
    # Half-angle form of a point on the circle; bent so that t = ½ falls on the diagonal.
    t = t * (0.65685425 + 0.34314575 * t)
    c, s = (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)
    for _ in range(quarter % 4):
        c, s = -s, c
    return c, s


def line_through(point: Point, along: Point) -> Line:
    """The half-plane to the left of `along` (on the screen: to its right) through `point`."""
    nx, ny = -along[1], along[0]
    return nx, ny, nx * point[0] + ny * point[1]


def area(polygon: Polygon) -> float:
    total = 0.0
    px, py = polygon[-1] if polygon else (0.0, 0.0)
    for x, y in polygon:
        total += px * y - x * py
        px, py = x, y
    return abs(total) / 2


def centre(polygon: Polygon) -> Point:
    """The mean of the corners: inside a convex polygon, and that is all that is asked of it."""
    n = len(polygon)
    return sum(p[0] for p in polygon) / n, sum(p[1] for p in polygon) / n


def thickness(polygon: Polygon) -> float:
    """Area by half the perimeter: about the width of a sliver."""
    length = 0.0
    px, py = polygon[-1]
    for x, y in polygon:
        length += sqrt((x - px) * (x - px) + (y - py) * (y - py))
        px, py = x, y
    return 2 * area(polygon) / length if length else 0.0


def box(polygon: Polygon) -> tuple[float, float, float, float]:
    xs = [p[0] for p in polygon]
    ys = [p[1] for p in polygon]
    return min(xs), min(ys), max(xs), max(ys)


def split(polygon: Polygon, line: Line) -> tuple[Polygon, Polygon]:
    """Sutherland–Hodgman, both sides at once: what is inside the half-plane, what is outside."""
    nx, ny, d = line
    reach = [nx * x + ny * y - d for x, y in polygon]
    # Most polygons lie on one side of most lines; they come back as they are.
    if min(reach) >= -_NEAR:
        return polygon, ()
    if max(reach) <= _NEAR:
        return (), polygon
    inside: list[Point] = []
    outside: list[Point] = []
    px, py = polygon[-1]
    before = reach[-1]
    for point, now in zip(polygon, reach, strict=True):
        x, y = point
        if (before > _NEAR and now < -_NEAR) or (before < -_NEAR and now > _NEAR):
            share = before / (before - now)
            cross = (px + (x - px) * share, py + (y - py) * share)
            inside.append(cross)
            outside.append(cross)
        if now >= -_NEAR:
            inside.append(point)
        if now <= _NEAR:
            outside.append(point)
        px, py, before = x, y, now
    return tuple(inside), tuple(outside)


def clip(polygon: Polygon, line: Line) -> Polygon:
    return split(polygon, line)[0] if polygon else ()


def clip_by(polygon: Polygon, convex: Polygon) -> Polygon:
    """The part of `polygon` inside a convex polygon, whichever way round that one runs."""
    cx, cy = centre(convex)
    px, py = convex[-1]
    for x, y in convex:
        nx, ny = py - y, x - px
        d = nx * px + ny * py
        if nx * cx + ny * cy < d:
            nx, ny, d = -nx, -ny, -d
        polygon = clip(polygon, (nx, ny, d))
        if not polygon:
            return ()
        px, py = x, y
    return polygon


def grown(polygon: Polygon, by: float) -> Polygon:
    """A convex polygon with every edge moved out by `by`; corners sharper than 60° are cut off."""
    if _signed(polygon) < 0:
        polygon = polygon[::-1]
    edges = []
    px, py = polygon[-1]
    for x, y in polygon:
        ex, ey = x - px, y - py
        length = sqrt(ex * ex + ey * ey)
        if length > 1e-6:
            edges.append((px, py, ex / length, ey / length))
            px, py = x, y
    out: list[Point] = []
    for i, (x, y, bx, by_) in enumerate(edges):
        _, _, ax, ay = edges[i - 1]
        # Outward normals of the edge before and after this corner (y grows downwards).
        n1x, n1y, n2x, n2y = ay, -ax, by_, -bx
        together = 1 + n1x * n2x + n1y * n2y
        if together > 0.5:
            out.append((x + by * (n1x + n2x) / together, y + by * (n1y + n2y) / together))
        else:
            out.append((x + by * (n1x + ax), y + by * (n1y + ay)))
            out.append((x + by * (n2x - bx), y + by * (n2y - by_)))
    return tuple(out)


def _signed(polygon: Polygon) -> float:
    total = 0.0
    px, py = polygon[-1]
    for x, y in polygon:
        total += px * y - x * py
        px, py = x, y
    return total
