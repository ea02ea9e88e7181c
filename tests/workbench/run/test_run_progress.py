"""Laws of progress: each run counts as one, whatever its epochs added up to."""

from __future__ import annotations

import pytest

from bridle.workbench.run.progress import RunProgress


@pytest.mark.parametrize("epochs", [0, 1, 3, 7, 20])
def test_each_run_counts_as_one(epochs):
    shown = []
    progress = RunProgress(lambda text, share: shown.append((text, share)))
    for run in ("baseline, split 0", "dropout, split 0"):
        for _ in range(epochs):
            progress.advance(run, 1 / 7)
        progress.finish(run)
        progress.advance(run, 1 / 7)  # a group is trained again for another run
        assert sum(share for text, share in shown if text == run) == pytest.approx(1)
    assert all(share >= 0 for _, share in shown)
