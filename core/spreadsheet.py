"""CSV that spreadsheet programs open without harm: UTF-8 with a mark, no cell that is a formula."""

import csv
from collections.abc import Iterable, Iterator

#: The byte order mark by which Excel knows UTF-8.
_MARK = "\ufeff"
#: What makes a spreadsheet take a cell for a formula (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_BATCH = 200


def cell(value: object) -> str:
    """The text of a cell; one that could be taken for a formula gets a leading apostrophe."""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


class _Sink:
    """What csv.writer writes to: keeps its lines until they are taken."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def write(self, line: str) -> int:
        self._lines.append(line)
        return len(line)

    def take(self) -> str:
        text = "".join(self._lines)
        self._lines.clear()
        return text


def csv_text(header: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The file in pieces of some hundred lines, RFC 4180, made as the rows come."""
    sink = _Sink()
    writer = csv.writer(sink)
    sink.write(_MARK)
    writer.writerow([cell(name) for name in header])
    for number, row in enumerate(rows, 1):
        writer.writerow([cell(value) for value in row])
        if number % _BATCH == 0:
            yield sink.take()
    yield sink.take()
