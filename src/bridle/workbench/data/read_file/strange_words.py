"""Words that show that a text was not written in Windows-1252, as which it was read."""

from __future__ import annotations

import re
from itertools import islice

__all__ = ["strange_word"]

_WORD = re.compile(r"[A-Za-z\u0080-\uffff]*[\u0080-\uffff][A-Za-z\u0080-\uffff]*")
_HAS_LETTER = re.compile(r"[^\W\d_]")
_USUAL_SIGNS = "’‘´·–—…×°µ\u00ad\u00a0"
_STRANGE = re.compile(
    rf"""[^\x00-\x7f{_USUAL_SIGNS}]{{3,}}
    |[A-Za-zß-öø-ÿ](?![{_USUAL_SIGNS}])[^\w\x00-\x7f][A-Za-zß-öø-ÿ]
    |[A-Za-zß-öø-ÿ](?![{_USUAL_SIGNS}])[\u00b2\u00b3\u00b9\u00bc-\u00be\u00aa\u00ba][A-Za-zß-öø-ÿ]
    |[a-zß-öø-ÿ][À-ÖØ-ÞŠŒŽŸ‚„]""",
    re.VERBOSE,
)
"""Three letters with accents in a row, a sign within a word, an accented capital behind a small letter.

Words of other alphabets consist of such letters; in Mac Roman and DOS, bytes of accented letters are
signs or capitals of Windows-1252.
"""

_MOST_TRIED = 1000


def strange_word(text: str) -> str | None:
    """Return a word that no language of Windows-1252 has, if half of its words with accents are such.

    Parameters
    ----------
    text : str
        Text that was decoded as Windows-1252.
    """
    found = (match[0] for match in _WORD.finditer(text))
    words = list(islice(filter(_HAS_LETTER.search, found), _MOST_TRIED))
    strange = [word for word in words if _STRANGE.search(word)]
    return strange[0] if strange and 2 * len(strange) >= len(words) else None
