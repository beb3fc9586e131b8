"""Dazzle: a face that people read and machines do not, drawn from a random public id.

`make_mask` gives the geometry; `render_png` and `render_svg` draw it; `grey_shapes` is for PDFs.
The seed is always a random public id and never a name, an address or anything that can be guessed.
"""

from core.dazzle.cache import MaskCache, Picture, masks
from core.dazzle.model import Form, Mask, make_mask
from core.dazzle.palette import DARK, LIGHT, PALETTES, PRINT, Palette, Role
from core.dazzle.png import render_png
from core.dazzle.shapes import Shape, brackets, grey_shapes, shapes
from core.dazzle.svg import render_svg

__all__ = [
    "DARK",
    "LIGHT",
    "PALETTES",
    "PRINT",
    "Form",
    "Mask",
    "MaskCache",
    "Palette",
    "Picture",
    "Role",
    "Shape",
    "brackets",
    "grey_shapes",
    "make_mask",
    "masks",
    "render_png",
    "render_svg",
    "shapes",
]
