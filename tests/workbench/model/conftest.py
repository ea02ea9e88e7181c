from __future__ import annotations

from collections.abc import Iterator

import pytest

from bridle.workbench.arm.linear_arms import elastic_net


@pytest.fixture(scope="module", autouse=True)
def few_strengths() -> Iterator[None]:
    """Let the elastic net choose among 5 strengths, not 20: these laws are not about the choice."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(elastic_net, "_STRENGTHS", 5)
        yield
