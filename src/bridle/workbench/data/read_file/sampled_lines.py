"""Lines of a text table, drawn at random while it is read once, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bridle.workbench.data.read_file.compression import Unpacked, opened
from bridle.workbench.data.read_file.decoded_pieces import decoded_pieces
from bridle.workbench.data.read_file.regular_lines import RegularLines
from bridle.workbench.data.read_file.text import fields_of_any_length
from bridle.workbench.data.read_file.text_head import TextHead

__all__ = ["sampled_lines"]

_PIECE = 2**23


def sampled_lines(
    path: Path, enough: Callable[[int], int], seed: int = 0, encoding: str | None = None
) -> tuple[Unpacked, int] | None:
    """Return the head of a text table and a random sample of its rows, and the number of its rows.

    Each row gets a random number, and the rows with the smallest numbers are drawn. The draw depends
    only on the number of rows and the seed.

    Parameters
    ----------
    path : Path
    enough : callable
        Maps the number of columns to the number of rows to draw.
    seed : int
    encoding : str, optional
        Of the file; the returned head and rows are UTF-8.

    Returns
    -------
    (Unpacked, int) or None
        None if the table has no more rows than that, or if its rows are found only by splitting fields.
    """
    with opened(path) as (file, name, notes):
        encoded: list[str] = []
        pieces = decoded_pieces(file, _PIECE, path.name, encoded, encoding)
        with fields_of_any_length():
            head = TextHead.of(path, pieces)
        form = head.regular_form()
        if form is None:
            return None
        top, first_line = head.top()
        drawn = _Drawn(enough(form.width), np.random.default_rng(seed))
        for piece in head.after(pieces, _PIECE):
            found = form.find(piece)
            if found is None:
                return None
            drawn.take(piece, found, first_line)
            first_line += found.count_lines(piece)
    if drawn.total <= drawn.most:
        return None
    drawn.leave_most()
    lines = np.concatenate([np.arange(1, top.count("\n") + 1), *drawn.lines])
    return Unpacked(
        top.encode() + b"".join(drawn.texts), name, (*notes, *encoded), lines
    ), drawn.total


@dataclass
class _Drawn:
    """The rows with the smallest random numbers so far, in order, and up to as many further rows."""

    most: int
    rng: np.random.Generator
    total: int = 0
    limit: float = np.inf
    keys: list[npt.NDArray[np.float64]] = field(default_factory=list)
    lines: list[npt.NDArray[np.int64]] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)

    def take(self, piece: bytes, found: RegularLines, first_line: int) -> None:
        """Draw from the lines of a piece."""
        keys = self.rng.random(len(found.lines))
        self.total += len(keys)
        chosen = np.flatnonzero(keys < self.limit)
        ends = np.append(found.starts[1:], len(piece))
        self.texts += [
            piece[start:end].strip(b"\n") + b"\n"
            for start, end in zip(found.starts[chosen], ends[chosen], strict=True)
        ]
        self.keys.append(keys[chosen])
        self.lines.append(first_line + found.lines[chosen])
        if len(self.texts) > 2 * self.most:
            self.leave_most()

    def leave_most(self) -> None:
        """Keep only the rows with the smallest random numbers."""
        keys, lines = np.concatenate(self.keys), np.concatenate(self.lines)
        kept = np.sort(np.argpartition(keys, self.most - 1)[: self.most])
        self.limit = float(keys[kept].max())
        self.keys, self.lines = [keys[kept]], [lines[kept]]
        self.texts = [self.texts[place] for place in kept]
