"""A number that float16 cannot hold is said, not only made infinite."""

from __future__ import annotations

import warnings

import pytest

torch = pytest.importorskip("torch")

from tests.dropout.torch_modules.catalogue import BERNOULLI, made  # noqa: E402

from bridle.errors import BridleWarning  # noqa: E402


@pytest.mark.fault(55)
@pytest.mark.parametrize("name", BERNOULLI)
def test_float16_that_overflows_is_infinite_and_warned_of(name):
    case = BERNOULLI[name]
    x = torch.full(case.shape, 40000.0, dtype=torch.float16)
    with pytest.warns(BridleWarning, match=r"up to 80000, which overflows float16"):
        y = made(case)(x)
    assert set(y.unique().tolist()) <= {0.0, float("inf")}


@pytest.mark.parametrize(
    ("dtype", "value"),
    [(torch.float16, 20000.0), (torch.float16, float("inf")), (torch.bfloat16, 40000.0)],
)
def test_what_fits_and_what_was_infinite_is_not_warned_of(dtype, value):
    with warnings.catch_warnings(action="error"):
        made(BERNOULLI["Dropout"])(torch.full((8, 16), value, dtype=dtype))


def test_mapped_module_does_not_look():
    module = made(BERNOULLI["Dropout"])
    x = torch.full((3, 2, 16), 40000.0, dtype=torch.float16)
    with warnings.catch_warnings(action="error"):
        y = torch.func.vmap(module, randomness="different")(x)
    assert y.isinf().any()
