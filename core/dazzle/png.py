"""A mask as a PNG: few colours, transparent around the face, the same bytes every time.

Tor Browser at its safest setting shows no SVG, so this is the picture that pages use.
"""

from functools import lru_cache
from io import BytesIO
from itertools import combinations

from PIL import Image, ImageDraw

from core.dazzle.model import Mask
from core.dazzle.palette import LIGHT, Palette, Rgb, Role, to_rgb
from core.dazzle.shapes import Shape, shapes
from core.dazzle.shapes import brackets as gaze_brackets

#: Steps of transparency at the outline. More cost bytes and are not seen.
_VEILS = (32, 96, 160, 224)


def render_png(
    mask: Mask,
    *,
    height: int,
    width: int | None = None,
    palette: Palette = LIGHT,
    brackets: bool = False,
    background: str | None = None,
    scale: int | None = None,
) -> bytes:
    """The mask `height` pixels high, in the middle of `width` (by default the mask's own shape).

    `background` is a `#RRGGBB`; without it the picture is transparent and fits any surface.
    `scale` is the supersampling; small pictures get more of it than large ones by default.
    """
    if scale is None:
        scale = 4 if height <= 256 else 3
    own = round(height * mask.width)
    wide = own if width is None else width
    if not (8 <= height <= 2000 and 8 <= wide <= 4000 and 1 <= scale <= 8):
        raise ValueError("a mask is drawn 8 to 2000 pixels high")
    canvas = _Canvas(wide, height, (wide - height * mask.width) / 2, scale)
    return canvas.png(mask, palette, brackets, background)


class _Canvas:
    def __init__(self, width: int, height: int, left: float, scale: int) -> None:
        self.size = (width, height)
        self.big = (width * scale, height * scale)
        self.left = left
        self.scale = scale
        self.height = height

    def _corners(self, shape: Shape) -> list[tuple[float, float]]:
        k, left = self.height * self.scale, self.left * self.scale
        return [(x * k + left, y * k) for x, y in shape.points]

    def png(self, mask: Mask, palette: Palette, gaze: bool, background: str | None) -> bytes:
        drawn = shapes(mask)
        base = palette.rule if background is None else background
        inks, table = _inks(palette, base)
        image = Image.new("RGB", self.big, to_rgb(base))
        pen = ImageDraw.Draw(image)
        for shape in drawn:
            pen.polygon(self._corners(shape), fill=palette.rgb(shape.role))
        small = image.reduce(self.scale).quantize(palette=table, dither=Image.Dither.NONE)
        colours = [*inks]
        alphas = [255] * len(colours)
        if background is None:
            # Whatever edges on nothing is the rule, so the veils are its colour, thinned.
            colours += [palette.rgb(Role.RULE)] * (len(_VEILS) + 1)
            alphas += [*_VEILS, 0]
            self._veil(small, drawn, len(inks))
        if gaze:
            colours.append(palette.rgb(Role.GAZE))
            alphas.append(255)
            self._gaze(small, mask, len(colours) - 1)
        return _packed(small, colours, alphas)

    def _veil(self, small: Image.Image, drawn: list[Shape], first: int) -> None:
        """Make everything outside of the outline transparent, its edge by steps."""
        cover = Image.new("L", self.big, 0)
        pen = ImageDraw.Draw(cover)
        for shape in drawn:
            if shape.layer == 0:
                pen.polygon(self._corners(shape), fill=255)
        cover = cover.reduce(self.scale)
        limits = [veil - 32 for veil in _VEILS] + [256]
        for step, veil in enumerate((*_VEILS, 0)):
            low, high = (limits[step], limits[step] + 64) if veil else (-1, 8)
            chosen = cover.point([255 if low <= v < min(high, 248) else 0 for v in range(256)])
            small.paste(first + step, (0, 0, *self.size), chosen)

    def _gaze(self, small: Image.Image, mask: Mask, index: int) -> None:
        """Upright bars on whole pixels: sharp, and never a mixture with another colour."""
        pen = ImageDraw.Draw(small)
        thick = max(1, round(self.height * 0.006))
        for shape in gaze_brackets(mask):
            xs = [x * self.height + self.left for x, _ in shape.points]
            ys = [y * self.height for _, y in shape.points]
            x0, y0 = round(min(xs)), round(min(ys))
            x1 = max(round(max(xs)), x0 + thick) - 1
            y1 = max(round(max(ys)), y0 + thick) - 1
            pen.rectangle((x0, y0, x1, y1), fill=index)


@lru_cache(maxsize=32)
def _inks(palette: Palette, base: str) -> tuple[tuple[Rgb, ...], Image.Image]:
    """The roles' colours and three steps between every two, which is all that an edge needs."""
    roles = [to_rgb(base)]
    for role in Role:
        if role is not Role.GAZE and palette.rgb(role) not in roles:
            roles.append(palette.rgb(role))
    inks = list(roles)
    for one, two in combinations(roles, 2):
        for share in (1, 2, 3):
            mixed = [(a * (4 - share) + b * share) // 4 for a, b in zip(one, two, strict=True)]
            inks.append((mixed[0], mixed[1], mixed[2]))
    table = Image.new("P", (1, 1))
    flat = [value for colour in inks for value in colour]
    # Unused places repeat the first colour; left at black they would be chosen for dark edges.
    table.putpalette(flat + list(inks[0]) * (256 - len(inks)))
    return tuple(inks), table


def _packed(image: Image.Image, colours: list[Rgb], alphas: list[int]) -> bytes:
    """Keep only the colours that occur, the transparent ones first, so that tRNS stays short."""
    counts = image.histogram()
    used = sorted(
        (i for i in range(len(colours)) if counts[i]), key=lambda i: (alphas[i] == 255, -counts[i])
    )
    places = [0] * 256
    for place, i in enumerate(used):
        places[i] = place
    packed = image.point(places)
    packed.putpalette([value for i in used for value in colours[i]])
    out = BytesIO()
    clear = bytes(alphas[i] for i in used if alphas[i] < 255)
    options = {"transparency": clear} if clear else {}
    packed.save(out, "PNG", optimize=True, **options)
    return out.getvalue()
