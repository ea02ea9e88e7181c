"""Choice of arms by name, with the default network or the user's, and estimators of the user."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bridle.arguments.scalars import refuse
from bridle.dropout.rate import checked_rate
from bridle.errors import InputError
from bridle.networks.default_network import DefaultNetwork
from bridle.networks.kinds.catalogue import KINDS
from bridle.networks.own.building.check_network import check_network
from bridle.networks.own.building.source_framework import obstacle_to
from bridle.networks.sources import Source
from bridle.workbench.arguments import names_in
from bridle.workbench.arm import Arm, NetworkArm
from bridle.workbench.arm.catalogue import ARMS, DEFAULT_ARMS
from bridle.workbench.arm.estimator_arm import EstimatorArm
from bridle.workbench.arm.names import arm_of, place_of

__all__ = ["choose_arms", "refuse_idle", "rivals_of_estimators"]

_EXAMPLE = "['linear', 'dropout']"


def choose_arms(
    asked: Sequence[str | tuple[str, Any]] | Mapping[str, Any] | None,
    network: Source | str | None = None,
    *,
    tune: bool = False,
    rates: Sequence[float] = (),
) -> list[Arm]:
    """Return arms, the simplest first; the default ones for None.

    Parameters
    ----------
    asked : sequence of str or (str, estimator), mapping of str to estimator, or None
        Names, see `bridle.workbench.arm.names`, and estimators of scikit-learn under other names.
        A mapping adds estimators to the default arms.
    network : {"mlp", "cnn", "rnn"}, keras.Model, torch.nn.Module or callable, optional
        A kind of the default network, or what replaces it. Default: the kind that suits the rows,
        see `bridle.workbench.arm.suited`.
    tune : bool
        Whether network arms choose their settings.
    rates : sequence of float
        Rates of dropout in [0, 1], each an arm, instead of the arm "dropout"; 0 is the baseline, which
        runs anyway. Default: none.

    Raises
    ------
    UnknownNameError
        There is no such arm, or no such kind of network.
    InputError
        No name is given; a name cannot be an arm; a rate is outside its range; an estimator cannot be
        an arm; the network cannot be trained; or a network or tuning is given without an arm that trains
        a network.

    Notes
    -----
    The dummy is always included, because margins are fractions of its risk.
    """
    names, estimators = _parted(asked)
    source = DefaultNetwork(network) if network is None or isinstance(network, str) else network
    if not isinstance(source, DefaultNetwork) and obstacle_to(source) is None:
        check_network(source, KINDS)
    if not names and not estimators:
        raise InputError(f"arms must name at least one of {', '.join(ARMS)}. Received: none.")
    numbers = _rates(rates)
    if numbers:
        names = [name for name in names if name != "dropout"]
        names += ["baseline", *(f"dropout:{rate:g}" for rate in numbers if rate)]
    own = [EstimatorArm(name, estimator) for name, estimator in estimators]
    made = [arm_of(name, source, tuned=tune) for name in ("dummy", *names)]
    found = {arm.name: arm for arm in sorted(made, key=lambda arm: (place_of(arm.name), arm.name))}
    refuse_idle(made, network=network is not None, tune=tune)
    return [*found.values(), *sorted(own, key=lambda arm: arm.name)]


def rivals_of_estimators(arms: Sequence[Arm]) -> tuple[tuple[str, str], ...]:
    """Return each estimator of the user, and the arm that it is compared with, if there is one."""
    names = [arm.name for arm in arms]
    rival = next((name for name in ("elastic_net", "linear", "baseline") if name in names), None)
    own = [arm.name for arm in arms if isinstance(arm, EstimatorArm)]
    return tuple((name, rival) for name in own) if rival else ()


def _parted(asked: Any) -> tuple[list[str], list[tuple[str, Any]]]:
    """Return names of arms, and pairs of a name and an estimator."""
    if asked is None:
        return list(DEFAULT_ARMS), []
    if isinstance(asked, Mapping):
        return list(DEFAULT_ARMS), list(asked.items())
    if isinstance(asked, str):
        return [asked], []
    if not isinstance(asked, list | tuple):
        return names_in("arms", asked, _EXAMPLE), []
    listed = list(asked)
    pairs = [item for item in listed if isinstance(item, tuple) and len(item) == 2]
    names = names_in("arms", [item for item in listed if item not in pairs], _EXAMPLE)
    twice = {name for name, _ in pairs if [first for first, _ in pairs].count(name) > 1}
    if twice:
        raise InputError(f"arms must have distinct names. Received: {min(twice)!r} twice.")
    return names, pairs


def _rates(rates: Any) -> list[float]:
    listed = list(rates) if isinstance(rates, list | tuple) else [None]
    if any(not isinstance(item, int | float) for item in listed):
        refuse("rates", "numbers in [0, 1], for instance rates=[0, 0.2, 0.5]", rates)
    return [checked_rate(item) for item in listed]


def refuse_idle(arms: Iterable[Arm], **given: bool) -> None:
    """Raise an error if what acts on networks alone is given, and no arm trains one.

    Parameters
    ----------
    arms : iterable of Arm
    **given : bool
        For each argument that acts on networks alone, whether it is given.

    Raises
    ------
    InputError
        An argument is given, and no arm trains a network.
    """
    if any(isinstance(arm, NetworkArm) for arm in arms):
        return
    for name, is_given in given.items():
        if is_given:
            raise InputError(
                f"{name} must be left out if no arm trains a network. To use it, name an "
                f"arm that trains one: {', '.join(_NETWORK_ARMS)}."
            )


_NETWORK_ARMS = tuple(name for name, arm in ARMS.items() if isinstance(arm, NetworkArm))
