"""The rows of the table."""

from __future__ import annotations

from benchmarks.scaffold.bench import Bench, Row

__all__ = ["BENCH"]


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
        Row(f"keras-{kind}", f"{kind} over keras.layers', fit", "keras_masks", (kind,), 1.05)
        for kind in MASKS
    ),
    Row(
        "torch-mask",
        "Dropout over nn.Dropout, mask alone, 1024 x 1024",
        "torch_mask",
        ("1024", "1024"),
        0.6,
        backend="torch",
    ),
    Row(
        "torch-small-mask",
        "the same, 128 x 512",
        "torch_mask",
        ("128", "512"),
        backend="torch",
    ),
    Row("torch-step", "the same in a step of an MLP with Adam", "torch_step", backend="torch"),
    Row(
        "weight-drop",
        "weight_dropout over LSTM(recurrent_dropout=), PyTorch",
        "keras_lstm",
        goal=0.35,
        backend="torch",
    ),
    Row("monte-carlo", "MonteCarlo, 50 samples, over 50 calls", "monte_carlo", goal=0.5),
    *(
        Row(
            f"sub-network-{batch}-{width}",
            f"SubNetwork over keras.layers.Dropout, fit, batch {batch}, H {width}",
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
        "sub_network",
        ("none", "512", "1024"),
        0.5,
    ),
    Row(
        "sub-network-groups",
        "two groups a batch over Dropout, batch 512, H 1024",
        "sub_network",
        ("mask", "512", "1024", "2"),
        0.6,
    ),
    Row(
        "sub-network-torch",
        "SubNetwork over keras.layers.Dropout on PyTorch, batch 512, H 1024",
        "sub_network",
        ("mask", "512", "1024"),
        0.45,
        backend="torch",
    ),
    Row(
        "sub-network-convolution",
        "SubNetwork over SpatialDropout2D, 64-64 channels 3x3, fit",
        "sub_network",
        ("convolution", "64", "64"),
        0.4,
    ),
)

BENCH = Bench(
    name="dropout",
    purpose="Time bridle's dropout beside that of Keras and PyTorch, on two cores.",
    title="bridle over the framework's own, time of a call",
    head="step",
    rows=ROWS,
    unit="ms",
    digits=2,
    quick=tuple(row.name for row in ROWS),
    rounds=15,
)
