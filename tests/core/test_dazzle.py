"""Masks: the same for ever, whole, small, quick, and each its own."""

import io
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

import core.dazzle
from core.dazzle import (
    DARK,
    LIGHT,
    PALETTES,
    PRINT,
    Form,
    Mask,
    MaskCache,
    Palette,
    Role,
    brackets,
    grey_shapes,
    make_mask,
    render_png,
    render_svg,
    shapes,
)
from core.dazzle.face import draw_face
from core.dazzle.fills import Flat, Stripes
from core.dazzle.geometry import Polygon, area, clip, clip_by, direction, grown, split
from core.dazzle.stream import Stream

SEEDS = [f"0b5e{n:04x}" for n in range(1000)]
FEW = SEEDS[:24]
SIDE = 1e-9
GOLDEN_WORDS = [3728579902, 2959333031, 1917008136]
GOLDEN = {
    Form.HERO: "9984c0ac6ebe06b1",
    Form.MARK: "30b18b63930bc8b9",
    Form.STRIP: "526230c1b4c87a92",
}


def corners_turn_one_way(polygon: Polygon) -> bool:
    turns = []
    for i, (x, y) in enumerate(polygon):
        ax, ay = polygon[i - 1]
        bx, by = polygon[(i + 1) % len(polygon)]
        turns.append((x - ax) * (by - y) - (y - ay) * (bx - x))
    return all(t >= -SIDE for t in turns) or all(t <= SIDE for t in turns)


def fingerprint(mask: Mask) -> str:
    """Every shape to a tenth of a pixel at hero size."""
    text = "\n".join(
        f"{s.layer} {s.role.value} " + " ".join(f"{x:.4f},{y:.4f}" for x, y in s.points)
        for s in shapes(mask)
    )
    return sha256(text.encode()).hexdigest()[:16]


def opened(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(body))


# The stream and the geometry ---------------------------------------------------------------------


def test_the_stream_is_sha_256_and_stays_what_it_was() -> None:
    rng = Stream("seed")
    assert [rng.word() for _ in range(3)] == GOLDEN_WORDS
    assert Stream("seed", "other").word() != Stream("seed").word()
    assert sorted(Stream("x").shuffled(range(20))) == list(range(20))


def test_directions_are_unit_vectors_all_the_way_round() -> None:
    for i in range(400):
        x, y = direction(i / 100)
        assert x * x + y * y == pytest.approx(1)
    for turn, (x, y) in {0.0: (1, 0), 1.0: (0, 1), 2.0: (-1, 0), 3.0: (0, -1)}.items():
        assert direction(turn) == pytest.approx((x, y))
    assert direction(0.5)[0] == pytest.approx(direction(0.5)[1])


def test_a_half_plane_parts_a_square() -> None:
    square: Polygon = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    right, left = split(square, (1.0, 0.0, 0.25))
    assert (area(right), area(left)) == pytest.approx((0.75, 0.25))
    assert split(square, (1.0, 0.0, -1.0)) == (square, ())
    assert split(square, (1.0, 0.0, 1.0)) == ((), square)  # an edge alone is nothing
    assert clip((), (1.0, 0.0, 0.0)) == ()
    assert area(clip_by(square, ((0.5, 0.5), (2.0, 0.5), (2.0, 2.0), (0.5, 2.0)))) == 0.25
    assert clip_by(square, ((5.0, 5.0), (6.0, 5.0), (6.0, 6.0))) == ()
    assert area(grown(square, 0.5)) == area(grown(square[::-1], 0.5)) == 4


def test_a_sharp_corner_does_not_grow_a_spike() -> None:
    needle: Polygon = ((0.0, 0.0), (1.0, -0.02), (1.0, 0.02))
    assert min(x for x, _ in grown(needle, 0.01)) == pytest.approx(-0.01, abs=1e-3)


# The model ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", list(Form))
def test_the_geometry_is_the_golden_one(form: Form) -> None:
    """If this fails, every mask ever handed out has changed its face."""
    assert fingerprint(make_mask("golden", form=form)) == GOLDEN[form]
    assert make_mask("golden", form=form) == make_mask("golden", form=form)


@pytest.mark.parametrize("form", list(Form))
def test_a_thousand_masks_are_whole_and_inside_their_canvas(form: Form) -> None:
    for seed in SEEDS:
        mask = make_mask(seed, form=form)
        assert sum(area(p.outline) for p in mask.pieces) == pytest.approx(area(mask.head))
        for shape in [*shapes(mask), *brackets(mask)]:
            assert len(shape.points) >= 3
            assert all(
                -SIDE <= x <= mask.width + SIDE and -SIDE <= y <= 1 + SIDE for x, y in shape.points
            )


def test_pieces_do_not_lie_on_one_another_after_they_slid() -> None:
    for seed in SEEDS[:100]:
        moved = [
            tuple((x + p.shift[0], y + p.shift[1]) for x, y in p.outline)
            for p in make_mask(seed).pieces
        ]
        for i, one in enumerate(moved):
            for other in moved[:i]:
                shared = clip_by(one, other)
                assert not shared or area(shared) < 1e-9


def test_every_part_is_convex_because_growing_it_relies_on_that() -> None:
    for seed in SEEDS[:200]:
        for bold in (1.0, 1.35):
            face = draw_face(Stream(seed), bold)
            assert corners_turn_one_way(face.head)
            assert all(corners_turn_one_way(f.points) for f in face.features)


@pytest.mark.parametrize("form", list(Form))
def test_a_face_keeps_its_eyes_and_mouth_and_has_both_stripes_and_planes(form: Form) -> None:
    for seed in SEEDS[:200]:
        pieces = make_mask(seed, form=form).pieces
        parts = {mark.part.value for piece in pieces for mark in piece.marks}
        assert {"eye", "iris", "mouth", "nose", "brow"} <= parts
        fills = [piece.fill for piece in pieces]
        assert any(isinstance(fill, Stripes) for fill in fills)
        assert any(isinstance(fill, Flat) for fill in fills)
        # A feature is never of the colour it lies on.
        for piece in pieces:
            if isinstance(piece.fill, Flat):
                assert all(m.role is not piece.fill.role for m in piece.marks if m.tier == 1)


def test_the_number_of_pieces_can_be_chosen_within_reason() -> None:
    assert len(make_mask("a", pieces=2).pieces) == 2
    assert len(make_mask("a", pieces=-5).pieces) == 2
    assert 12 <= len(make_mask("a", pieces=500).pieces) <= 24


@settings(max_examples=60, deadline=None)
@given(seed=st.text(max_size=300), form=st.sampled_from(list(Form)))
def test_any_text_is_a_seed(seed: str, form: Form) -> None:
    mask = make_mask(seed, form=form)
    assert sum(area(p.outline) for p in mask.pieces) == pytest.approx(area(mask.head))
    assert len(render_svg(mask)) <= 12_000


def test_a_lone_surrogate_and_a_very_long_seed_are_seeds_too() -> None:
    assert make_mask("\ud800") != make_mask("\udfff")
    assert make_mask("x" * 100_000).pieces


# PNG ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "height", "size", "limit"),
    [
        (Form.HERO, 720, (576, 720), 25_000),
        (Form.MARK, 128, (128, 128), 4_000),
        (Form.MARK, 32, (32, 32), 1_000),
        (Form.STRIP, 630, (1200, 630), 25_000),
    ],
)
def test_a_png_has_its_size_and_few_bytes(
    form: Form, height: int, size: tuple[int, int], limit: int
) -> None:
    for seed in FEW[:8]:
        mask = make_mask(seed, form=form)
        for background in (None, LIGHT.page):
            body = render_png(mask, height=height, background=background)
            assert len(body) <= limit
            assert body == render_png(mask, height=height, background=background)
            image = opened(body)
            assert (image.format, image.mode, image.size) == ("PNG", "P", size)
            assert image.info.keys() <= {"transparency"}  # no dates, no names, no software


@pytest.mark.parametrize("palette", list(PALETTES.values()), ids=lambda p: p.name)
def test_corners_are_transparent_and_the_face_is_not(palette: Palette) -> None:
    for seed in FEW:
        image = opened(render_png(make_mask(seed), height=200, palette=palette)).convert("RGBA")
        alpha = image.getchannel("A")
        assert [alpha.getpixel(at) for at in ((0, 0), (159, 0), (0, 199), (159, 199))] == [0] * 4
        assert alpha.getpixel((80, 100)) == 255
        ground = render_png(make_mask(seed), height=200, palette=palette, background=palette.page)
        assert "transparency" not in opened(ground).info


def colours_of(body: bytes) -> set[tuple[int, ...]]:
    found = opened(body).convert("RGBA").convert("RGB").getcolors(maxcolors=100_000)
    assert found is not None
    return {tuple(colour) for _, colour in found if isinstance(colour, tuple)}


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda p: p.name)
def test_green_is_the_gaze_and_nothing_else(palette: Palette) -> None:
    green = palette.rgb(Role.GAZE)
    for seed in FEW:
        mask = make_mask(seed)
        assert green not in colours_of(render_png(mask, height=160, palette=palette))
        watched = render_png(mask, height=160, palette=palette, brackets=True)
        assert green in colours_of(watched)
        assert all(shape.role is not Role.GAZE for shape in shapes(mask))


def test_a_mask_can_stand_in_the_middle_of_a_wider_picture() -> None:
    image = opened(render_png(make_mask("a"), height=100, width=300)).convert("RGBA")
    assert image.size == (300, 100)
    box = image.getchannel("A").getbbox()
    assert box is not None
    assert box[0] > 110
    assert box[2] < 190


@pytest.mark.parametrize(("height", "scale"), [(0, 4), (5000, 4), (100, 0), (100, 99)])
def test_a_size_that_would_eat_the_memory_is_refused(height: int, scale: int) -> None:
    with pytest.raises(ValueError, match="pixels"):
        render_png(make_mask("a"), height=height, scale=scale)


def test_two_seeds_are_two_faces() -> None:
    """Mean difference of a channel, out of 255: the same face scores 0, noise about 85."""
    for form in (Form.HERO, Form.MARK):
        images = [
            opened(
                render_png(make_mask(seed, form=form), height=64, background=LIGHT.page)
            ).convert("RGB")
            for seed in FEW
        ]
        for i, one in enumerate(images):
            for other in images[:i]:
                mean = ImageStat.Stat(ImageChops.difference(one, other)).mean
                assert sum(mean) / 3 > 12


def test_the_outline_stands_out_from_both_pages() -> None:
    """Paper on a light page and ink on a dark one would dissolve without it."""
    for palette in (LIGHT, DARK):
        page, rule = palette.rgb(Role.PAPER), palette.rgb(Role.RULE)
        ground = tuple(int(palette.page[i : i + 2], 16) for i in (1, 3, 5))
        assert max(abs(a - b) for a, b in zip(ground, rule, strict=True)) > 200
        assert page != rule or palette is DARK


# SVG and PDF -------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", list(Form))
def test_an_svg_is_well_formed_small_and_harmless(form: Form) -> None:
    for seed in SEEDS[:100]:
        text = render_svg(make_mask(seed, form=form), brackets=True, role_img=True)
        assert len(text) <= 12_000
        root = ET.fromstring(text)  # noqa: S314 - written a line above
        assert root.get("role") == "img"
        assert {node.tag.rpartition("}")[2] for node in root.iter()} == {"svg", "path"}
        for node in root.iter():
            allowed = {"fill", "d"} if node.tag.endswith("path") else {"viewBox", "role"}
            assert set(node.attrib) <= allowed
        for forbidden in ("style", "script", "href", "url(", "id=", "http:/"):
            assert forbidden not in text.replace("http://www.w3.org/2000/svg", "")


def test_a_themed_svg_takes_the_colour_of_the_text_and_a_file_does_not() -> None:
    mask = make_mask("a")
    assert 'fill="currentColor"' in render_svg(mask)
    alone = render_svg(mask, themed=False, palette=DARK, size=(80, 100))
    assert "currentColor" not in alone
    assert DARK.rule in alone
    assert 'width="80" height="100"' in alone
    assert LIGHT.gaze not in render_svg(mask)
    assert LIGHT.gaze in render_svg(mask, brackets=True)


def test_a_pdf_gets_polygons_and_greys() -> None:
    drawn = grey_shapes(make_mask("a"))
    assert drawn[0][1] == 0
    assert {grey for _, grey in drawn} <= {PRINT.rgb(role)[0] / 255 for role in Role}
    assert all(0 <= y <= 1 and 0 <= x <= 0.8 for points, _ in drawn for x, y in points)


# The cache ---------------------------------------------------------------------------------------


def test_the_cache_gives_the_same_picture_and_forgets_the_oldest() -> None:
    cache = MaskCache(limit=2)
    first = cache.get("a", form=Form.MARK, height=32)
    assert cache.get("a", form=Form.MARK, height=32) is first
    assert first.digest == sha256(first.body).hexdigest()[:16]
    assert cache.get("a", form=Form.MARK, height=32, palette="dark").digest != first.digest
    cache.get("b", form=Form.MARK, height=32, opaque=True)
    assert len(cache) == 2
    again = cache.get("a", form=Form.MARK, height=32)
    assert again == first
    assert again is not first
    with pytest.raises(KeyError):
        cache.get("a", form=Form.MARK, height=32, palette="neon")


def test_many_threads_get_one_picture() -> None:
    cache = MaskCache()
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: cache.get("a", form=Form.MARK, height=64), range(40)))
    assert len({id(picture) for picture in got}) == 1
    assert len(cache) == 1


def test_the_model_knows_no_flask_and_no_random_module() -> None:
    for path in Path(core.dazzle.__file__).parent.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not any(f"import {name}" in text for name in ("flask", "numpy", "random"))
        assert not any(f"from {name}" in text for name in ("flask", "numpy", "random"))
        assert len(text.splitlines()) <= 300
