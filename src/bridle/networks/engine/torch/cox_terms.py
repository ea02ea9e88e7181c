"""Cox loss of the rows of a batch, in PyTorch."""

from __future__ import annotations

import math

import torch
from torch import Tensor

__all__ = ["cox_terms"]


def cox_terms(y: Tensor, z: Tensor) -> Tensor:
    """Return the term of each row, times its weight; see `bridle.networks.keras_loss.keras_cox_terms`.

    Parameters
    ----------
    y : Tensor of shape (..., n, 2)
        As `bridle.networks.partial_likelihood.ranked_times` gives them; the batches along the axes in
        front are apart.
    z : Tensor of shape (..., n)
        Logs of the risks.
    """
    rank, weight = y.unbind(-1)
    n, seen = z.shape[-1], weight > 0
    at_risk = rank.unsqueeze(-2) >= rank.unsqueeze(-1)
    tied = (rank.unsqueeze(-2) == rank.unsqueeze(-1)) & seen.unsqueeze(-2) & seen.unsqueeze(-1)
    before = torch.ones(n, n, dtype=torch.bool, device=z.device).tril(-1)
    left_out = (tied & before).sum(-1) / tied.sum(-1).clamp_min(1)
    shares = at_risk.to(z.dtype) - left_out.unsqueeze(-1) * tied
    others = z.unsqueeze(-2).expand(at_risk.shape)
    largest = others.masked_fill(~at_risk, -math.inf).amax(-1).detach()
    risks = torch.exp((others - largest.unsqueeze(-1)).masked_fill(~at_risk, 0.0))
    mean = (shares * risks).sum(-1) / shares.sum(-1)
    return weight * (math.log(2) + torch.log(mean) + largest - z)
