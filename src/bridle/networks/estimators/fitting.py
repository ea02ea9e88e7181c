"""`NetworkEstimator`: fitting, saving and loading that both network estimators share."""

from __future__ import annotations

from abc import ABC
from math import ceil
from typing import Any, Self

from sklearn.utils.validation import check_is_fitted

from bridle.arguments.real_numbers import shown
from bridle.arguments.scalars import switch
from bridle.encoding.frame_encoding import fitted_encoding, table_names, width_note
from bridle.errors import DivergedError, InputError
from bridle.files.pickled import Pickled
from bridle.networks.curves import Curves
from bridle.networks.engine.training import train
from bridle.networks.estimators.rows import new_rows
from bridle.networks.estimators.sample import Sample, features
from bridle.networks.estimators.saving import read_model, write_model
from bridle.networks.estimators.settings import Settings
from bridle.networks.output_kind import Kind
from bridle.networks.own.head import Link
from bridle.networks.own.outputs import linear_outputs
from bridle.networks.own.own_loss import takes_columns
from bridle.networks.own.own_network import default_network, own_network
from bridle.summary import Fact, Summary
from bridle.types import AnyArray

__all__ = ["NetworkEstimator", "forget"]


class NetworkEstimator(Pickled, ABC):
    """Base of the estimators that fit a network, with ``network_``, ``history_`` and ``kind_``."""

    _FITTED: tuple[str, ...]
    """Fitted attributes beside the network that a file holds."""

    network_: Any
    history_: Curves
    kind_: Kind
    link_: Link
    n_features_in_: int

    @property
    def n_iter_(self) -> int:
        """Number of trained epochs."""
        return len(self.history_.val_loss)

    def save(self, path: Any) -> None:
        """Write the fitted estimator to one file, atomically and without pickle.

        Parameters
        ----------
        path : str or Path
            A file in an existing folder. An existing file is replaced.

        Raises
        ------
        InputError
            ``path`` names no file in an existing folder; ``random_state`` is neither an integer nor
            None; or the network has a ``Lambda`` layer, whose code cannot be checked.
        NotFittedError
            The estimator is not fitted.
        """
        check_is_fitted(self, "network_")
        write_model(self, path)

    @classmethod
    def load(cls, path: Any) -> Self:
        """Read an estimator that `save` wrote.

        Parameters
        ----------
        path : str or Path
            The file.

        Returns
        -------
        estimator
            The fitted estimator. If it was made with a ``network``, this parameter is now the
            fitted network, from which another `fit` would start.

        Raises
        ------
        InputError
            The file holds another class, is damaged, or names a layer that is not registered.
        """
        return read_model(cls, path)

    def summary(self) -> Summary:
        """Return what was fitted: the network, its training and its losses; `print` shows it.

        Raises
        ------
        NotFittedError
            The estimator is not fitted.
        """
        check_is_fitted(self, "network_")
        curves, classes = self.history_, vars(self).get("classes_")
        last, best = len(curves.val_loss), 1 + curves.val_loss.index(min(curves.val_loss))
        what = "Regression" if classes is None else f"Classification of {len(classes)} classes"
        unit = "mean squared error of the standardised target" if classes is None else "log loss"
        return Summary(
            title=f"{what} by a network",
            facts=(
                Fact("features", self.n_features_in_, width_note(self)),
                Fact("weights", int(self.network_.count_params())),
                Fact("epochs", last, f"validation loss was least after epoch {best}"),
                Fact("training loss", curves.train_eval_loss[-1], f"noise off; {unit}"),
                Fact("validation loss", curves.val_loss[-1], f"least {min(curves.val_loss):.4g}"),
                Fact("penalty", curves.penalty[-1]),
            ),
        )

    def _fit_network(
        self, settings: Settings, sample: Sample, n_classes: int | None, before: Any
    ) -> DivergedError | None:
        """Train a network on the sample, from the weights of the previous fit in a warm start.

        Returns
        -------
        DivergedError or None
            The divergence that ended the training, if there is an epoch to keep.

        Raises
        ------
        DivergedError
            Training diverged, and no epoch has finite losses.
        """
        training, validation = sample.split(
            settings.validation_fraction, settings.seed, stratify=n_classes is not None
        )
        given, n_features, recipe = vars(self)["network"], sample.X.shape[1], settings.recipe
        if given is None:
            own = default_network(recipe, n_features, n_classes, settings.seed)
        else:
            own = own_network(given, n_features, n_classes, recipe.learning_rate, settings.seed)
        if before is not None:
            _take_weights(own.network, before)
        if own.kind == "multiclass" and takes_columns(own.network, own.loss):
            raise InputError(
                "network must be compiled with a loss that takes codes of classes. Received: one "
                "that takes a column for each, such as categorical cross-entropy. Use "
                "sparse_categorical_crossentropy, or do not compile it."
            )
        outcome = train(
            own.network,
            own.kind,
            (training.X, training.y),
            (validation.X, validation.y),
            epochs=settings.epochs,
            batch_size=settings.batch_size,
            seed=settings.seed,
            weights=(training.mean_one(), validation.mean_one()),
            passes=_passes(sample, len(training.y), settings.batch_size),
            patience=settings.patience,
            link=own.link,
        )
        lost = outcome.diverged
        if lost is not None and not outcome.epochs:
            raise DivergedError(lost.epoch, lost.step, lost.place, kept="")
        self.network_, self.kind_, self.link_ = own.network, own.kind, own.link
        self.history_ = outcome.curves
        return outcome.diverged

    def _before(self) -> dict[str, Any]:
        """Return the fitted attributes that a warm start continues from; empty without one."""
        held = vars(self)
        switch("warm_start", held["warm_start"])
        return dict(held) if held["warm_start"] and "network_" in held else {}

    def _check_before(self, before: dict[str, Any]) -> None:
        if not before:
            return
        p = before["n_features_in_"]
        if p != self.n_features_in_:
            raise InputError(
                f"With warm_start=True, X must have the {p} features of the fit that it continues. "
                f"Received: {self.n_features_in_}. Set warm_start=False to start anew."
            )
        if "encoding_" in before or fitted_encoding(self) is not None:
            levels, now = (getattr(before.get("encoding_"), "names", None), table_names(self))
            if levels != now:
                raise InputError(
                    "With warm_start=True, the columns of categories of X must have the levels of the "
                    f"fit that it continues, {shown(levels)}. Received: {shown(now)}. Set "
                    "warm_start=False to start anew."
                )

    def _outputs(self, X: Any) -> AnyArray:
        """Return the logits or numbers for new rows."""
        check_is_fitted(self, "network_")
        return linear_outputs(self.network_, self.link_, features(new_rows(self, X)))


def forget(estimator: Any) -> None:
    """Delete fitted attributes, so that a failed fit leaves an unfitted estimator."""
    for name in [attribute for attribute in vars(estimator) if attribute.endswith("_")]:
        delattr(estimator, name)


def _take_weights(network: Any, before: Any) -> None:
    shapes, wanted = ([tuple(w.shape) for w in model.get_weights()] for model in (before, network))
    if shapes != wanted:
        raise InputError(
            "With warm_start=True, the network must have the weight shapes of the fit that it "
            f"continues, {shapes}. Received: {wanted}. Set warm_start=False to start anew."
        )
    network.set_weights(before.get_weights())


def _passes(sample: Sample, n: int, batch_size: int) -> int:
    """Return the passes per epoch over the distinct rows: as many steps as with all copies."""
    share = sample.given / len(sample.y)
    return max(1, ceil(n * share / batch_size) // ceil(n / batch_size))
