"""`TorchEngine`: trains PyTorch modules, small chains side by side and others one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from bridle.networks.engine.base import Engine, attempt
from bridle.networks.engine.between_epochs import BetweenEpochs
from bridle.networks.engine.job import Job, Outcome
from bridle.networks.engine.torch.chain_runner import ChainRunner
from bridle.networks.engine.torch.module_runner import ModuleRunner, quiet_outputs
from bridle.networks.engine.torch.side_by_side import side_by_side
from bridle.networks.engine.torch.train_group import train_group
from bridle.networks.own.outputs import ROWS_AT_ONCE
from bridle.networks.own.torch.module_rows import as_rows
from bridle.networks.template.template import State, Template
from bridle.networks.template.torch.torch_template import TorchTemplate, device
from bridle.types import AnyArray

__all__ = ["TorchEngine"]


class TorchEngine(Engine):
    """PyTorch's own optimisers, on a GPU if there is one."""

    def takes(self, job: Job) -> bool:
        """Return whether the job's network is a PyTorch module."""
        return job.template.framework == "torch"

    def groups(self, jobs: Sequence[Job]) -> list[list[int]]:
        """Put small chains together; see `bridle.networks.engine.torch.side_by_side`."""
        return side_by_side(jobs)

    def train(
        self, jobs: Sequence[Job], groups: Sequence[Sequence[int]], between: BetweenEpochs
    ) -> Iterator[tuple[int, Outcome | Exception]]:
        """Train groups one after the other; see `Engine.train`."""
        for group in groups:
            chosen = [jobs[i] for i in group]
            runner = ChainRunner if len(chosen) > 1 else ModuleRunner
            found = attempt(train_group, chosen, runner, between)
            each = [found] * len(group) if isinstance(found, Exception) else found
            yield from zip(group, each, strict=True)
            between.end(chosen)

    def forward(
        self, template: Template, state: State, X: AnyArray, *, noisy: bool = False
    ) -> AnyArray:
        """Return the raw outputs; see `Engine.forward`."""
        assert isinstance(template, TorchTemplate)
        rows = as_rows(X, template.features).to(device())
        with template.lock:
            template.load(state)
            if not noisy:
                return quiet_outputs(template.network, rows)
            template.network.train(mode=False)
            for module in template.noisy_modules:
                module.train()
            with torch.no_grad():
                found = [template.network(block) for block in rows.split(ROWS_AT_ONCE)]
            return np.asarray(torch.cat(found).cpu().numpy())
