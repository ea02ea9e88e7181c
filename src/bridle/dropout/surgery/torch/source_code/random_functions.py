"""Names of functions that drop or draw random numbers, as code calls them."""

from __future__ import annotations

from bridle.dropout.surgery.torch.roles import ATTENTION_RATES, FUNCTIONAL_DROPOUT

__all__ = ["DROPPING", "OTHER_DRAWS", "UNIFORM"]

# Position of the rate argument, by function.
DROPPING = {
    **dict.fromkeys(FUNCTIONAL_DROPOUT, 1),
    **ATTENTION_RATES,
    # Modules that a forward makes anew at each call.
    **dict.fromkeys(("Dropout", "Dropout1d", "Dropout2d", "Dropout3d"), 0),
    **dict.fromkeys(("AlphaDropout", "FeatureAlphaDropout"), 0),
}

UNIFORM = frozenset({"rand", "rand_like", "random", "random_sample", "uniform"})
"""Functions that draw numbers which may be compared with a rate."""

OTHER_DRAWS = frozenset(
    {"exponential", "gumbel_softmax", "multinomial", "normal", "poisson", "randint"}
    | {"randn", "randn_like", "randperm", "rrelu"}
)
