"""The picture of the report: bars by Pillow, which the site has anyway."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bench.verdicts import Bound, Verdict

_WIDTH, _ROW, _TOP = 1100, 44, 66
_LEFT, _RIGHT = 400, 900
_INK, _GREY, _LINE = "#1a1a1a", "#6b6b6b", "#d8d8d8"
_COLOURS = {"pass": "#2e7d4f", "MISS": "#b3261e", "": "#5b6b7f"}


def draw(verdicts: Sequence[Verdict], bounds: Sequence[Bound], path: Path) -> None:
    """Ratios to their floors above, bounds as shares of their targets below; a tick is the target."""
    height = _TOP + _ROW * len(verdicts) + _TOP + _ROW * len(bounds) + 20
    picture = Image.new("RGB", (_WIDTH, height), "white")
    pen = ImageDraw.Draw(picture)
    most = max(1.0, *(one.ratio.high for one in verdicts))
    y = _heading(pen, 0, "Share of its floor, measured beside it (thin line: spread; tick: target)")
    for one in verdicts:
        title = f"{one.figure.title}  /  {one.figure.floor}"
        _bar(pen, y, title, one.ratio.median / most, _COLOURS[one.mark.rstrip("?")])
        _thin(pen, y, one.ratio.low / most, one.ratio.high / most)
        if one.figure.target:
            _tick(pen, y, one.figure.target / most)
        _value(pen, y, f"{one.ratio.median:.0%}  {one.mark}")
        y += _ROW
    y = _heading(pen, y, "Share of the most it may be (tick)")
    for bound in bounds:
        whole = max(1.0, bound.value / bound.target)
        _bar(pen, y, bound.title, bound.value / bound.target / whole, _COLOURS[bound.mark])
        _tick(pen, y, 1 / whole)
        digits = 2 if bound.value < 10 else 0
        _value(pen, y, f"{bound.value:.{digits}f} {bound.unit}  {bound.mark}")
        y += _ROW
    picture.save(path, optimize=True)


def _heading(pen: ImageDraw.ImageDraw, y: int, text: str) -> int:
    pen.text((20, y + 24), text, fill=_INK, font=ImageFont.load_default(20))
    return y + _TOP


def _place(share: float) -> int:
    return round(_LEFT + (_RIGHT - _LEFT) * share)


def _bar(pen: ImageDraw.ImageDraw, y: int, title: str, share: float, colour: str) -> None:
    font = ImageFont.load_default(16)
    pen.text((_LEFT - 14, y + _ROW // 2), title, fill=_INK, font=font, anchor="rm")
    pen.line([(_LEFT, y), (_LEFT, y + _ROW)], fill=_LINE)
    pen.rectangle([_LEFT, y + 10, max(_place(share), _LEFT + 1), y + _ROW - 10], fill=colour)


def _thin(pen: ImageDraw.ImageDraw, y: int, low: float, high: float) -> None:
    middle = y + _ROW // 2
    pen.line([(_place(low), middle), (_place(high), middle)], fill=_GREY, width=2)


def _tick(pen: ImageDraw.ImageDraw, y: int, share: float) -> None:
    pen.line([(_place(share), y + 4), (_place(share), y + _ROW - 4)], fill=_INK, width=3)


def _value(pen: ImageDraw.ImageDraw, y: int, text: str) -> None:
    font = ImageFont.load_default(16)
    pen.text((_RIGHT + 16, y + _ROW // 2), text, fill=_INK, font=font, anchor="lm")
