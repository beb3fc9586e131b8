"""Drawn masks, kept in the process: a list of organizations asks for the same ones on every page."""

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

from core.dazzle.model import Form, make_mask
from core.dazzle.palette import PALETTES
from core.dazzle.png import render_png

_Key = tuple[str, Form, int, str, bool, bool]


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG and the first 16 hexadecimal digits of its SHA-256, for an immutable address."""

    body: bytes
    digest: str


class MaskCache:
    """The last `limit` pictures. Safe to share between threads.

    Drawing happens outside of the lock: two threads may draw one mask twice, and get the same
    bytes, but nobody waits for somebody else's mask.
    """

    def __init__(self, limit: int = 256) -> None:
        self._limit = limit
        self._lock = Lock()
        self._pictures: OrderedDict[_Key, Picture] = OrderedDict()

    def get(
        self,
        seed: str,
        *,
        form: Form,
        height: int,
        palette: str = "light",
        brackets: bool = False,
        opaque: bool = False,
    ) -> Picture:
        """The picture of a seed; `palette` is a name in `PALETTES`, else KeyError.

        `opaque` fills the ground with the palette's page colour, as link previews need.
        """
        colours = PALETTES[palette]
        key = (seed, form, height, palette, brackets, opaque)
        with self._lock:
            known = self._pictures.get(key)
            if known is not None:
                self._pictures.move_to_end(key)
                return known
        body = render_png(
            make_mask(seed, form=form),
            height=height,
            palette=colours,
            brackets=brackets,
            background=colours.page if opaque else None,
        )
        made = Picture(body, sha256(body).hexdigest()[:16])
        with self._lock:
            made = self._pictures.setdefault(key, made)
            self._pictures.move_to_end(key)
            while len(self._pictures) > self._limit:
                self._pictures.popitem(last=False)
        return made

    def __len__(self) -> int:
        with self._lock:
            return len(self._pictures)


#: The process's own.
masks = MaskCache()
