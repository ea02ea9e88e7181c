"""Choice of arms by name, with the default network or the user's."""

from __future__ import annotations

from collections.abc import Sequence

from bridle.backend import backend_available
from bridle.errors import InputError, UnknownNameError
from bridle.networks.own.check_network import check_network
from bridle.networks.sources import Source
from bridle.workbench.arguments import names_in
from bridle.workbench.arm import ARMS, DEFAULT_ARMS, Arm, NetworkArm
from bridle.workbench.arm.network_arm import RECIPE

__all__ = ["choose_arms"]


def choose_arms(
    names: Sequence[str] | None, network: Source | None = None, *, tune: bool = False
) -> list[Arm]:
    """Return arms by name, in the order of the catalogue; the default ones for None.

    Parameters
    ----------
    names : sequence of str or None
        Names of arms; None for the default ones.
    network : keras.Model or callable, optional
        Replaces the default network.
    tune : bool
        Whether network arms choose their settings.

    Raises
    ------
    UnknownNameError
        There is no such arm.
    InputError
        No name is given; the network cannot be trained; or a network or tuning is given without an
        arm that trains a network.

    Notes
    -----
    The dummy is always included, because margins are fractions of its risk.
    """
    if names is None:
        names = DEFAULT_ARMS
    if network is not None and backend_available() is None:
        check_network(network)
    names = names_in("arms", names, "['linear', 'dropout']")
    for name in names:
        if name not in ARMS:
            raise UnknownNameError("arm", name, ARMS)
    if not names:
        raise InputError(f"arms must name at least one of {', '.join(ARMS)}. Received: none.")
    chosen = [arm for name, arm in ARMS.items() if name in {"dummy", *names}]
    if not any(isinstance(arm, NetworkArm) for arm in chosen):
        _refuse_idle(network=network is not None, tune=tune)
    return [
        type(arm)(RECIPE if network is None else network, tuned=tune)
        if isinstance(arm, NetworkArm) and (network is not None or tune)
        else arm
        for arm in chosen
    ]


def _refuse_idle(**given: bool) -> None:
    for name, is_given in given.items():
        if is_given:
            raise InputError(
                f"{name} must be left out if no arm trains a network. To use it, add an arm "
                f"that trains one: {', '.join(_NETWORK_ARMS)}."
            )


_NETWORK_ARMS = tuple(name for name, arm in ARMS.items() if isinstance(arm, NetworkArm))
