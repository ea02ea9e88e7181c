"""`Settings`: the checked parameters of a network estimator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from sklearn.utils import check_random_state

from bridle.arguments.scalars import is_integer, is_number, refuse, switch
from bridle.dropout.rate import checked_rate, stream_key
from bridle.networks.recipe import Recipe

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """Checked parameters of an estimator, with the meaning given there.

    Attributes
    ----------
    recipe : Recipe
        Sizes, rate and learning rate of the default network.
    epochs, batch_size : int
        At least 1.
    validation_fraction : float
        In (0, 1).
    patience : int or None
        Epochs without a smaller validation loss before training stops; None: no early stopping.
    seed : int
        Root seed of the random streams, drawn from ``random_state``.
    """

    recipe: Recipe
    epochs: int
    batch_size: int
    validation_fraction: float
    patience: int | None
    seed: int

    @classmethod
    def of(cls, estimator: Any) -> Self:
        """Read and check the parameters of an estimator.

        Raises
        ------
        InputError
            A parameter is outside its range.
        """
        hidden = estimator.hidden
        switch("early_stopping", estimator.early_stopping)
        for name in ("epochs", "batch_size", "n_iter_no_change"):
            value = getattr(estimator, name)
            if not is_integer(value) or not 1 <= value < 2**31:
                refuse(name, "an integer from 1 upwards, below 2**31", value)
        fraction = estimator.validation_fraction
        if not is_number(fraction) or not 0 < fraction < 1:
            refuse("validation_fraction", "a number in (0, 1)", fraction)
        return cls(
            recipe=Recipe(
                hidden=tuple(hidden) if isinstance(hidden, list) else hidden,
                rate=checked_rate(estimator.rate),
                learning_rate=estimator.learning_rate,
            ),
            epochs=int(estimator.epochs),
            batch_size=int(estimator.batch_size),
            validation_fraction=float(fraction),
            patience=int(estimator.n_iter_no_change) if estimator.early_stopping else None,
            seed=_root(estimator.random_state),
        )


def _root(random_state: Any) -> int:
    if is_integer(random_state) and not 0 <= random_state < 2**32:
        return stream_key(random_state, "random_state")  # out of scikit-learn's range
    try:
        generator = None if isinstance(random_state, bool) else check_random_state(random_state)
    except ValueError:
        generator = None
    if generator is None:
        allowed = "None, a RandomState or an integer of any size and sign"
        refuse("random_state", allowed, random_state)
    return int(generator.randint(2**31 - 1))
