"""What features add to a certificate, in C++, is what the penalty says of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.laws.test_lockstep import PENALTIES

from bridle import _core

SIZE, COUNT = 17, 5


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("seed", range(3))
def test_dual_bounds_match_the_penalty(penalty, seed):
    rng = np.random.default_rng(seed)
    chosen, l1_ratio = PENALTIES[penalty]
    factors, floor = rng.random(SIZE), rng.random(SIZE)
    floor[2] = 0.0
    lower, upper = replace(chosen, factors=factors).bounds(SIZE)
    coef = np.clip(rng.normal(size=(COUNT, SIZE)) * (rng.random((COUNT, SIZE)) > 0.5), lower, upper)
    slopes, within = rng.normal(size=(SIZE, COUNT)), rng.uniform(0.2, 1, COUNT)
    strengths, out = rng.random(COUNT), np.empty((6, COUNT))
    _core.dual_bounds(
        coef, slopes, factors, np.array(lower), np.array(upper), floor,
        l1_ratio * strengths, (1 - l1_ratio) * strengths, within, out,
    )  # fmt: skip
    for k, (value, fitted, scale, conjugate, conjugate_within, violation) in enumerate(out.T):
        one = replace(chosen, factors=factors).with_strength(strengths[k], l1_ratio)
        corner = slopes[:, k] - one.strengths(SIZE)[1] * coef[k]
        assert value == pytest.approx(one.value(coef[k]), rel=1e-12)
        assert fitted == pytest.approx(coef[k] @ slopes[:, k], rel=1e-12, abs=1e-14)
        assert scale == pytest.approx(min(within[k], one.feasible_scale(corner)), rel=1e-12)
        for found, share in ((conjugate, scale), (conjugate_within, within[k])):
            assert found == pytest.approx(one.conjugate(share * slopes[:, k]).sum(), rel=1e-10)
        units = np.maximum(one.strengths(SIZE)[0], floor)
        shares = (one.violation(coef[k], corner) / units)[floor > 0]
        assert violation == pytest.approx(shares.max(initial=0.0), rel=1e-12)
