"""Names are shown on one line, printable and short."""

from __future__ import annotations

import pytest

from bridle.workbench.report.text import printable, shorten


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        (" a\n\tb ", "a b"),
        ("\x1b[31m", "\ufffd[31m"),
        ("\ud800", "\ufffd"),
        ("\u202eevil", "\ufffdevil"),
        ("\uffff", "\ufffd"),
        ("a\u200db", "a\u200db"),
        (None, "None"),
    ],
)
def test_printable(text: object, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize("limit", [1, 2, 3, 10, 28])
def test_shortened_text_keeps_its_start_and_end_within_the_limit(limit: int) -> None:
    text = "abcdefghijklmnopqrstuvwxyz0123456789"
    short = shorten(text, limit)
    assert len(short) == limit
    start, end = short.split("…")
    assert text.startswith(start)
    assert text.endswith(end)
    assert shorten(text[:limit], limit) == text[:limit]
