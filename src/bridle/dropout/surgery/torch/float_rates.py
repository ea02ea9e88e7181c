"""Rates of dropout that modules of others hold as plain numbers, such as ``drop_prob`` of a DropPath."""

from __future__ import annotations

from torch import nn

from bridle.dropout.surgery.torch.roles import is_ours

__all__ = ["float_rates", "silence_float_rates"]

_NAMES = frozenset(
    {
        "activation_dropout",
        "attention_dropout",
        "attention_probs_dropout_prob",
        "attn_drop_prob",
        "attn_dropout",
        "attn_dropout_p",
        "drop_path_rate",
        "drop_prob",
        "drop_rate",
        "dropout",
        "dropout_p",
        "dropout_prob",
        "dropout_rate",
        "hidden_dropout",
        "hidden_dropout_prob",
        "layerdrop",
        "resid_dropout",
    }
)
"""What torchvision, timm, transformers and most code of one's own call such a number."""

_OWN_NAME = "p"
"""Of a module that does nothing but drop, torchvision's StochasticDepth for instance."""


def float_rates(module: nn.Module) -> dict[str, float]:
    """Return the rates above 0 that a module holds as numbers, by the attribute.

    Those of PyTorch's own modules and of bridle's are known otherwise.
    """
    if is_ours(module) or type(module).__module__.startswith("torch.nn."):
        return {}
    names = _NAMES
    if any(word in type(module).__name__.lower() for word in ("drop", "stochastic")):
        names |= {_OWN_NAME}
    held = ((name, value) for name, value in vars(module).items() if name in names)
    return {name: value for name, value in held if isinstance(value, float) and 0 < value <= 1}


def silence_float_rates(network: nn.Module) -> None:
    """Set all rates that modules hold as numbers to 0."""
    for module in network.modules():
        for name in float_rates(module):
            setattr(module, name, 0.0)
