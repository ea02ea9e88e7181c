"""The rows of the table."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ROWS", "Row", "by_name"]


@dataclass(frozen=True)
class Row:
    """A comparison.

    Attributes
    ----------
    name : str
    title : str
        Ours, and the other's after "over".
    backend : str
        "jax" or "torch".
    module : str
        File of this folder whose ``pair(*arguments)`` makes it.
    arguments : tuple of str
    goal : float or None
        The ratio that is wanted at most; None where it only stands beside another.
    """

    name: str
    title: str
    backend: str
    module: str
    arguments: tuple[str, ...] = ()
    goal: float | None = None


MASKS = (
    "Dropout",
    "GaussianDropout",
    "AlphaDropout",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
)

ROWS = (
    *(
        Row(f"keras-{kind}", f"{kind} over keras.layers', fit", "jax", "keras_masks", (kind,), 1.05)
        for kind in MASKS
    ),
    Row(
        "torch-mask",
        "Dropout over nn.Dropout, mask alone, 1024 x 1024",
        "torch",
        "torch_mask",
        ("1024", "1024"),
        0.6,
    ),
    Row(
        "torch-small-mask",
        "the same, 128 x 512",
        "torch",
        "torch_mask",
        ("128", "512"),
    ),
    Row("torch-step", "the same in a step of an MLP with Adam", "torch", "torch_step"),
    Row(
        "weight-drop",
        "weight_dropout over LSTM(recurrent_dropout=), PyTorch",
        "torch",
        "keras_lstm",
        goal=0.35,
    ),
    Row("monte-carlo", "MonteCarlo, 50 samples, over 50 calls", "jax", "monte_carlo", goal=0.5),
    *(
        Row(
            f"sub-network-{batch}-{width}",
            f"SubNetwork over keras.layers.Dropout, fit, batch {batch}, H {width}",
            "jax",
            "sub_network",
            ("mask", str(batch), str(width)),
            goal,
        )
        for batch, goal in ((512, 0.40), (128, 0.65))
        for width in (1024, 2048)
    ),
    Row(
        "sub-network-none",
        "the same over no dropout, batch 512, H 1024",
        "jax",
        "sub_network",
        ("none", "512", "1024"),
        0.5,
    ),
    Row(
        "sub-network-groups",
        "two groups a batch over Dropout, batch 512, H 1024",
        "jax",
        "sub_network",
        ("mask", "512", "1024", "2"),
        0.6,
    ),
    Row(
        "sub-network-torch",
        "SubNetwork over keras.layers.Dropout on PyTorch, batch 512, H 1024",
        "torch",
        "sub_network",
        ("mask", "512", "1024"),
        0.45,
    ),
    Row(
        "sub-network-convolution",
        "SubNetwork over SpatialDropout2D, 64-64 channels 3x3, fit",
        "jax",
        "sub_network",
        ("convolution", "64", "64"),
        0.4,
    ),
)


def by_name(name: str) -> Row:
    """Return a row.

    Raises
    ------
    KeyError
    """
    for row in ROWS:
        if row.name == name:
            return row
    raise KeyError(f"no row {name!r}; there are {', '.join(row.name for row in ROWS)}")
