"""Pictures that the dazzle model draws: the hero, the marks, the preview for links."""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from flask import Response
from flask.typing import ResponseReturnValue

from campaign.blueprint import blueprint
from core.access import public
from core.content import LOCALES, content
from core.database import release
from core.errors import NotFound
from core.settings import PROJECT
from partners.services import organizations
from shop.services import products

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

#: Raised by hand when the model draws differently: addresses carry it and are cached for a year.
PICTURES_VERSION = "1"

_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Picture:
    """What to draw: a form of the model, its seed, pixels (twice what the page lays out), colours."""

    form: str
    seed: str
    width: int
    height: int
    palette: str = "light"


_PICTURES = {
    "hero": Picture("hero", "s1", 648, 810),
    "petition": Picture("hero", "s3", 360, 450),
    "icon": Picture("mark", "moratorium-icon", 48, 48),
    "lost": Picture("mark", "moratorium-lost", 288, 288),
    "waiting": Picture("mark", "moratorium-waiting", 288, 288),
    "thanks": Picture("mark", "moratorium-thanks", 288, 288),
}
_DARK = "-dark"
#: Whose marks the style guide shows.
SAMPLE_OWNER = uuid.UUID("00000000-0000-4000-8000-000000000001")
#: Shapes that stand for an organization or a product without a picture of its own.
_MARKS = {"mark": ("mark", 160, 160), "product": ("mark", 384, 240)}
_SHARE = "share-"


@blueprint.get("/pictures/<name>.png")
@public
def picture(name: str) -> ResponseReturnValue:
    """One of the site's own pictures; `share-en` and `share-ru` are for link previews."""
    if name.startswith(_SHARE):
        locale = name.removeprefix(_SHARE)
        if locale not in LOCALES:
            raise NotFound(name)
        words = content()
        return _answer(_share(words.name[locale], words.promise[locale]))
    plain = name.removesuffix(_DARK)
    if plain not in _PICTURES:
        raise NotFound(name)
    wanted = _PICTURES[plain]
    return _answer(_draw(replace(wanted, palette="light" if plain == name else "dark")))


@blueprint.get("/marks/<uuid:owner>/<any(mark, product, 'mark-dark', 'product-dark'):shape>.png")
@public
def mark(owner: uuid.UUID, shape: str) -> ResponseReturnValue:
    """The mask of an organization or product that is shown; drawing costs, so others get none."""
    plain = shape.removesuffix(_DARK)
    known = organizations.is_shown(owner) if plain == "mark" else products.is_announced(owner)
    release()
    if not known and owner != SAMPLE_OWNER:
        raise NotFound("no such owner")
    form, width, height = _MARKS[plain]
    palette = "light" if plain == shape else "dark"
    return _answer(_draw_mark(Picture(form, str(owner), width, height, palette)))


def _answer(png: bytes) -> Response:
    answer = Response(png, mimetype="image/png")
    answer.headers["Cache-Control"] = _FOREVER
    answer.set_etag(hashlib.sha256(png).hexdigest()[:32])
    return answer


@lru_cache(maxsize=32)
def _draw(wanted: Picture) -> bytes:
    """The site's own pictures, in a cache that no list of organizations can empty."""
    return _rendered(wanted)


@lru_cache(maxsize=512)
def _draw_mark(wanted: Picture) -> bytes:
    return _rendered(wanted)


def _rendered(wanted: Picture) -> bytes:
    # The drawing library is loaded when a picture is first asked for: no work at import.
    from core.dazzle import PALETTES, Form, make_mask, render_png

    mask = make_mask(wanted.seed, form=Form(wanted.form))
    palette = PALETTES[wanted.palette]
    return render_png(mask, width=wanted.width, height=wanted.height, palette=palette)


@lru_cache(maxsize=8)
def _share(name: str, promise: str) -> bytes:
    """The preview: the mask on one side, the promise on the other. 1200 × 630."""
    from PIL import Image, ImageDraw, ImageFont

    fonts = next((PROJECT / "static" / "vendor").glob("golos-text-*"))
    ink, paper = "#12110f", "#f3f4ef"
    canvas = Image.new("RGB", (1200, 630), paper)
    drawn = Image.open(BytesIO(_draw(Picture("strip", "s1", 1200, 630))))
    canvas.paste(drawn.convert("RGBA"), (0, 0), drawn.convert("RGBA"))
    pen = ImageDraw.Draw(canvas)
    large = _fitting(str(fonts / "GolosText-Bold.ttf"), promise, room=470)
    small = ImageFont.truetype(str(fonts / "GolosText-Bold.ttf"), 34)
    pen.rectangle((60, 60, 530, 64), fill=ink)
    pen.text((60, 84), name.upper(), font=small, fill=ink)
    lines = _wrap(promise, lambda text: pen.textlength(text, font=large), 470)
    pen.multiline_text((60, 170), "\n".join(lines), font=large, fill=ink, spacing=14)
    out = BytesIO()
    canvas.quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()


def _fitting(path: str, text: str, *, room: float) -> "FreeTypeFont":
    """The largest size in which the longest word still fits into `room` pixels."""
    from PIL import ImageFont

    size = 76
    while True:
        font = ImageFont.truetype(path, size)
        if size <= 32 or max(font.getlength(word) for word in text.split()) <= room:
            return font
        size -= 2


def _wrap(text: str, width_of: Callable[[str], float], room: float) -> list[str]:
    """Break at spaces so that each line fits into `room` pixels."""
    lines: list[str] = []
    for word in text.split():
        if lines and width_of(f"{lines[-1]} {word}") <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
