"""Threads within an operation: few where they would wait for each other."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from bridle.networks.default_network import DefaultNetwork  # noqa: E402
from bridle.networks.engine.job import Job  # noqa: E402
from bridle.networks.engine.torch.threads import suitable_threads  # noqa: E402
from bridle.networks.regime import Regime  # noqa: E402
from bridle.networks.sources import Structure  # noqa: E402
from bridle.networks.template.torch.build_torch_template import (  # noqa: E402
    build_torch_template,
)


@pytest.mark.parametrize(
    ("shape", "batch_size", "threads"),
    [((28, 28, 1), 128, 2), ((8, 8, 1), 1, 1), ((50, 6), 128, 1), ((400, 6), 128, 1)],
)
def test_a_step_has_several_threads_if_it_is_large_and_its_positions_are_computed_together(
    shape, batch_size, threads
):
    recipe = DefaultNetwork().recipe(shape)
    rows = np.zeros((128, *shape), dtype=np.float32), np.zeros(128, dtype=np.float32)
    job = Job(
        template=build_torch_template(Structure(recipe, shape, 2)),
        regime=Regime(),
        training=rows,
        validation=rows,
        epochs=1,
        batch_size=batch_size,
        seed=0,
        name="a",
    )
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with suitable_threads(job):
            assert torch.get_num_threads() == threads
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
