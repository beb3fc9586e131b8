"""Random numbers that follow from a seed and stay the same for ever."""

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")

#: Change it only to give every mask a new face: addresses and printed receipts rely on it.
_DOMAIN = b"moratorium/dazzle/1"


class Stream:
    """SHA-256 of the seed and a counter, cut into 32-bit words.

    Not `random.Random`: Python promises the same stream only for `random()`, not for `choice`,
    `shuffle` or `randrange`, and a mask drawn today must look the same after an upgrade. Only
    exact arithmetic is used on the words, so the platform's mathematics library has no say.
    """

    __slots__ = ("_block", "_key", "_words")

    def __init__(self, seed: str, label: str = "") -> None:
        # A lone surrogate is no valid text, but must not break a page either.
        raw = seed.encode("utf-8", "surrogatepass")
        name = label.encode("utf-8")
        self._key = sha256(_DOMAIN + len(raw).to_bytes(8, "big") + raw + name).digest()
        self._block = 0
        self._words: list[int] = []

    def word(self) -> int:
        """The next 32 bits."""
        if not self._words:
            digest = sha256(self._key + self._block.to_bytes(8, "big")).digest()
            self._block += 1
            self._words = [int.from_bytes(digest[i : i + 4], "big") for i in range(0, 32, 4)]
        return self._words.pop()

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * (self.word() / 4294967296.0)

    def below(self, count: int) -> int:
        """A whole number under `count`; the bias is 2⁻³² × count, of no matter to a picture."""
        return (self.word() * count) >> 32

    def chance(self, probability: float) -> bool:
        return self.word() < probability * 4294967296.0

    def sign(self) -> float:
        return 1.0 if self.word() & 1 else -1.0

    def choice(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """A copy in random order (Fisher–Yates)."""
        out = list(items)
        for i in range(len(out) - 1, 0, -1):
            j = self.below(i + 1)
            out[i], out[j] = out[j], out[i]
        return out
