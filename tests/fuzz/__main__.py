"""``python -m tests.fuzz SECONDS [FIRST_ROUND]``: every target in a process of its own.

A process that crashes or hangs is named with its round.
"""

from __future__ import annotations

import subprocess
import sys

from tests.fuzz.rounds import TARGETS

_SECONDS_OF_A_ROUND = 300
"""A round that takes longer hangs."""


def main(seconds: str, first: str = "0") -> int:
    """Run all targets, each for its share of the time; return 1 where one failed."""
    share = float(seconds) / len(TARGETS)
    return max([_failed(target, first, share) for target in TARGETS])


def _failed(target: str, first: str, seconds: float) -> int:
    command = [sys.executable, "-X", "faulthandler", "-m", "tests.fuzz.rounds"]
    try:
        done = subprocess.run(
            [*command, target, first, str(seconds)],
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            timeout=seconds + _SECONDS_OF_A_ROUND,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        said = error.stderr or b""
        log = said.decode(errors="replace") if isinstance(said, bytes) else said
        found = "hangs"
    else:
        if done.returncode == 0:
            return 0
        log, found = done.stderr, f"ends with {done.returncode}"
    number = [one for one in log.splitlines() if one.startswith(f"{target}: round ")][-1].split()[
        -1
    ]
    print(log, file=sys.stderr)
    print(f"{target} {found} in round {number}: python -m tests.fuzz.rounds {target} {number}")
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
