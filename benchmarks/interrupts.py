"""How soon Ctrl-C is seen: fits on large data in a process of their own, interrupted at random times.

``python -m benchmarks.interrupts --times 20`` prints, for each kind of data and of fit, the median, the
95th percentile and the worst of the times from the signal to KeyboardInterrupt, in milliseconds, and
where the process was when it took longest. On a busy machine that is mostly waiting for a processor:
the worst of the processor time that the main thread took until then stands beside it (Linux only).
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

DATA: dict[str, Callable[[np.random.Generator], Any]] = {
    "wide, by columns": lambda rng: rng.standard_normal((50_000, 2000)).T,
    "wide, by rows": lambda rng: rng.standard_normal((2000, 50_000)),
    "wide, float32": lambda rng: rng.standard_normal((50_000, 2000), dtype=np.float32).T,
    "wide, integers": lambda rng: rng.integers(-9, 9, (2000, 50_000), dtype=np.int16),
    "wide, memory map": lambda rng: _mapped(rng.standard_normal((2000, 50_000))),
    "tall, by columns": lambda rng: rng.standard_normal((300, 200_000)).T,
    "tall, by rows": lambda rng: rng.standard_normal((200_000, 300)),
    "sparse, by columns": lambda rng: _sparse("csc"),
    "sparse, by rows": lambda rng: _sparse("csr"),
}
FITS = {
    "ElasticNet": ("number", {"alpha": 0.1}),
    "ElasticNet, ridge": ("number", {"alpha": 0.1, "l1_ratio": 0.0}),
    "ElasticNetClassifier": ("two", {"alpha": 0.003}),
    "ElasticNetClassifier, three classes": ("three", {"alpha": 0.01}),
    "elastic_net_path": ("number", {}),
    "elastic_net_path, logistic": ("two", {"loss": "logistic"}),
    "elastic_net_path, three classes": ("three", {"loss": "multinomial"}),
    "ElasticNetCV": ("number", {"cv": 5}),
    "ElasticNetClassifierCV": ("two", {"cv": 5}),
}
_TOLD = 0.1
_NOISE = 5.0


class Seen(NamedTuple):
    """One interrupt: seconds until it was seen, those worked, threads that went on, and the line."""

    seconds: float
    worked: float
    threads: int
    line: str


def _mapped(array: np.ndarray[Any, Any]) -> Any:
    path = Path(tempfile.mkdtemp()) / "X.npy"
    np.save(path, array)
    mapped = np.load(path, mmap_mode="r")
    path.unlink()
    return mapped


def _sparse(form: str) -> Any:
    return sparse.random_array((200_000, 2000), density=0.03, format=form, rng=0)


def fit_until_interrupted(data: str, fit: str) -> None:
    """Fit again and again, once for each line of standard input, and print what an interrupt met."""
    import bridle

    warnings.simplefilter("ignore")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    rng = np.random.default_rng(0)
    X = DATA[data](rng)
    total = np.asarray(X[:, :50].sum(axis=1), dtype=float).ravel()
    number = total + _NOISE * rng.standard_normal(total.size)
    targets = {
        "number": number,
        "two": number > np.median(number),
        "three": np.digitize(number, np.quantile(number, [1 / 3, 2 / 3])),
    }
    name, (kind, options) = fit.partition(",")[0], FITS[fit]
    make = getattr(bridle, name)
    y = targets[kind]
    before = threading.active_count()
    for _ in sys.stdin:
        try:
            print("fitting", flush=True)
            while True:
                if name == "elastic_net_path":
                    make(X, y, **options)
                else:
                    make(**options).fit(X, y)
        except KeyboardInterrupt as error:
            seen, worked = time.monotonic(), time.thread_time()
            frame = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(frame.filename).name}:{frame.lineno} {frame.line}"
            print(seen, worked, threading.active_count() - before, place, sep="|", flush=True)


def interrupt(data: str, fit: str, times: int, longest: float) -> list[Seen]:
    """Interrupt a fit at times drawn evenly up to ``longest`` seconds; return the slowest first."""
    command = [sys.executable, "-m", "benchmarks.interrupts", "--child", data, fit]
    rng = random.Random(0)
    found = []
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        for _ in range(times):
            child.stdin.write("again\n")
            child.stdin.flush()
            assert child.stdout.readline() == "fitting\n"
            time.sleep(rng.uniform(0.0, longest))
            sent, before = time.monotonic(), _worked(child.pid)
            child.send_signal(signal.SIGINT)
            seen, worked, threads, line = child.stdout.readline().rstrip("\n").split("|", 3)
            times = float(seen) - sent, float(worked) - before
            found.append(Seen(*times, int(threads), line))
        child.stdin.close()
    return sorted(found, reverse=True)


def _worked(pid: int) -> float:
    """Return the processor time of the main thread so far, NaN where the system does not tell."""
    try:
        return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return float("nan")


def _summary(found: Sequence[Seen]) -> str:
    seconds = [stop.seconds for stop in found]
    shares = (np.quantile(seconds, share) * 1e3 for share in (0.5, 0.95, 1.0))
    text = "median {:.0f}, 95 % {:.0f}, worst {:.0f} ms".format(*shares)
    text += f"; worked at most {max(stop.worked for stop in found) * 1e3:.0f} ms"
    late = [
        f"    {stop.seconds * 1e3:.0f} ms, {stop.worked * 1e3:.0f} of them worked, at {stop.line}"
        for stop in found
        if stop.seconds > _TOLD
    ]
    return "\n".join([text, *late])


def main() -> None:
    """Measure what was asked for, or be the process that is measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="*", default=list(DATA), choices=list(DATA))
    parser.add_argument("--fits", nargs="*", default=list(FITS), choices=list(FITS))
    parser.add_argument("--times", type=int, default=20, help="interrupts of each, default 20")
    parser.add_argument("--longest", type=float, default=8.0, help="seconds, default 8")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        fit_until_interrupted(*given.child)
        return
    for data in given.data:
        for fit in given.fits:
            found = interrupt(data, fit, given.times, given.longest)
            print(f"{data}; {fit}: {_summary(found)}", flush=True)


if __name__ == "__main__":
    main()
