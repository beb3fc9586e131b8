"""What the pieces are filled with: calm flat planes between loud stripes."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from core.dazzle.geometry import Point, direction
from core.dazzle.palette import ACCENTS, Role
from core.dazzle.stream import Stream


@dataclass(frozen=True, slots=True)
class Flat:
    role: Role


@dataclass(frozen=True, slots=True)
class Stripes:
    """Stripes of `over` on `under`. `along` is their direction, `pitch` a stripe and a gap."""

    under: Role
    over: Role
    along: Point
    pitch: float
    phase: float


Fill = Flat | Stripes
#: What one is made of, before a stripe has an angle: one role for flat, two for stripes.
_Card = tuple[Role, ...]

#: A piece under a hundredth of the head's square holds less than three stripes: a smudge.
_TOO_SMALL = 0.01
_DARK = frozenset({Role.INK, Role.ULTRAMARINE})


def deck(rng: Stream, count: int) -> list[_Card]:
    """Fills for `count` pieces, the largest first.

    One accent leads and one answers it; ink and paper hold most of the face. A deck that gave all
    five colours the same share was tried: every mask then looks like every other.
    """
    lead, answer, spark = rng.shuffled(ACCENTS)
    ink, paper = Role.INK, Role.PAPER
    accent_on = ink if lead is Role.YELLOW else paper
    large: list[_Card] = rng.shuffled(
        [(paper,), (ink,), (ink, paper) if rng.chance(0.6) else (accent_on, lead), (lead,)]
    )
    small: list[_Card] = rng.shuffled(
        [
            (answer, ink) if answer is not Role.ULTRAMARINE else (paper, answer),
            (paper,),
            (lead, ink if lead is not Role.ULTRAMARINE else paper),
            (ink,),
            (answer,),
            (paper, ink),
            (spark,) if rng.chance(0.5) else (lead,),
        ]
    )
    cards = large + small
    while len(cards) < count:
        cards += small
    return cards


def likeness(one: _Card, other: _Card) -> int:
    """How much two neighbours would run together: 0 not at all."""
    if len(one) == 1 and one == other:
        return 6
    shared = len(set(one) & set(other))
    both_striped = len(one) > 1 and len(other) > 1
    return shared + (2 if both_striped else 0)


def deal(
    rng: Stream, sizes: Sequence[float], neighbours: Sequence[Sequence[int]], bold: float
) -> list[Fill]:
    """A fill for every piece, largest first: `sizes` are areas, `neighbours[i]` are indices."""
    cards = deck(rng, len(neighbours))
    taken: dict[int, _Card] = {}
    fills: list[Fill] = []
    turns: dict[int, float] = {}
    base = rng.between(0, 2)
    for i, near in enumerate(neighbours):
        choice: Sequence[int] = range(min(4, len(cards)))
        if i == min(2, len(neighbours) - 1) and not turns:
            # Without stripes it is no dazzle: the third piece has them if no larger one does.
            choice = [c for c, card in enumerate(cards) if len(card) > 1]
        # The card that clashes least; ties go to the deck's order.
        best = min(
            choice,
            key=lambda c: sum(likeness(cards[c], taken[n]) for n in near if n in taken) * 8 + c,
        )
        card = cards.pop(best)
        if sizes[i] < _TOO_SMALL:
            card = card[:1]
        taken[i] = card
        if len(card) == 1:
            fills.append(Flat(card[0]))
            continue
        turn = _apart(base + rng.between(0, 2), [turns[n] for n in near if n in turns])
        turns[i] = turn
        # Large pieces get broad stripes, as on the ships; an even width would be a grey hum.
        pitch = (rng.between(0.036, 0.052) + 0.17 * sqrt(sizes[i])) * bold
        fills.append(Stripes(card[0], card[1], direction(turn), pitch, rng.between(0, 1)))
    return fills


def _apart(turn: float, others: list[float]) -> float:
    """Turned on until no striped neighbour runs within about 30° of it."""
    for _ in range(5):
        if all(0.33 < abs(turn - other) % 2 < 1.67 for other in others):
            break
        turn += 0.4
    return turn % 2


def contrast(fill: Fill, rng: Stream) -> tuple[Role, Role]:
    """Roles for a feature on this fill, and for what lies in that feature (the iris)."""
    if isinstance(fill, Flat):
        if fill.role is Role.PAPER:
            return Role.INK, rng.choice((Role.PAPER, Role.YELLOW, Role.VERMILION))
        if fill.role in _DARK:
            return Role.PAPER, Role.ULTRAMARINE if fill.role is Role.INK else Role.INK
        return Role.INK, Role.PAPER
    both = {fill.under, fill.over}
    if both == {Role.INK, Role.PAPER}:
        return rng.choice((Role.VERMILION, Role.YELLOW)), Role.INK
    if Role.INK in both:
        return Role.PAPER, Role.INK
    return Role.INK, Role.PAPER
