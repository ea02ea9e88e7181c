"""Choice of the inner solver of a working set."""

from __future__ import annotations

from bridle.elastic_net.loss import Loss
from bridle.elastic_net.working_set.inner_classes import InnerClasses
from bridle.elastic_net.working_set.inner_columns import InnerColumns
from bridle.elastic_net.working_set.inner_gram import InnerGram
from bridle.elastic_net.working_set.inner_responses import InnerResponses
from bridle.elastic_net.working_set.inner_tied_classes import InnerTiedClasses
from bridle.elastic_net.working_set.working_set import InnerSolver

__all__ = ["choose_inner"]


def choose_inner(
    loss: Loss, n_outputs: int, is_tied: bool, is_dense: bool
) -> type[InnerSolver] | None:
    """Return the inner solver for problems whose features are all penalised; None if there is none.

    With one output, a constant curvature and a dense X, that works on a Gram matrix: there Newton's
    steps are cheap, and near interpolation coordinate descent alone is slow.

    Parameters
    ----------
    loss : Loss
    n_outputs : int
    is_tied : bool
        Whether the penalty ties the outputs of a feature.
    is_dense : bool
        Whether columns of X are fetched into a dense array.
    """
    if is_tied and loss.is_quadratic:
        return InnerResponses
    if loss.has_class_kernel:
        return InnerTiedClasses if is_tied else InnerClasses
    if not loss.kernel or n_outputs > 1:
        return None
    return InnerGram if loss.is_quadratic and is_dense else InnerColumns
