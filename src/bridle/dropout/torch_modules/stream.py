"""Stream of masks of a module: a key that is its own, and a counter of calls."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from bridle.dropout.rate import checked_seed, stream_key
from bridle.dropout.torch_modules.draws import UNKNOWN_MASK
from bridle.errors import BridleError

__all__ = ["MaskStream", "plain_state_dict", "seed_noise"]

ONE_CALL = torch.tensor([0, 1], device="cpu")

# Forward passes that may lie between a checkpointed one and its backward pass, as UNKNOWN_MASK says.
REMEMBERED_CALLS = 4096


class MaskStream(nn.Module):
    """Gives each training call the next place ``(key, counter)``.

    The key comes from the seed and from an index that tells apart the modules of one network which
    have the same seed: it is 0 for a module alone; where a module joins a network that has its key
    already (two layers with one seed, copies of a layer), it moves to the next index that is free.
    A network that is built twice, or copied as a whole, has the same keys both times. A module that
    is added to a part of a network is compared with that part alone: `seed_noise` sees them all.

    The place is saved with the ``state_dict``, and one without it loads too, strictly. It is no
    buffer and stays on the CPU whatever device and type the network moves to.

    Under ``torch.utils.checkpoint`` (``use_reentrant=False``) the recomputation draws the masks of
    its forward pass. To know which these were, a number from PyTorch's global generator, which
    checkpointing puts back, marks each call; outside of it that generator is not touched.

    Parameters
    ----------
    seed : int, optional
        Any integer; default: a fresh one.
    """

    key: int
    place: Tensor

    def __init__(self, seed: int | None = None) -> None:
        super().__init__()
        self.seed = secrets.randbits(62) if seed is None else checked_seed(seed)
        self.index = 0
        self._start(0)
        self._calls: dict[int, Tensor] = {}

    @property
    def counter(self) -> int:
        """Training calls so far."""
        return int(self.place[1])

    def restart(self, seed: int, index: int) -> None:
        """Go to the beginning of the stream ``index`` under ``seed``."""
        self.seed, self.index = checked_seed(seed), index
        self._start(0)

    def move_on(self) -> None:
        """Go to the stream of the next index, with the same counter."""
        self.index += 1
        self._start(self.counter)

    def advance(self) -> Tensor:
        """Return the place of this call, and go on to the next.

        Raises
        ------
        BridleError
            A recomputation whose forward pass is not known.
        """
        # A compiled graph keeps the place as a value of its own.
        if not torch.compiler.is_compiling():
            checkpointed = torch._C._autograd._top_saved_tensors_default_hooks(True) is not None
            recomputing = torch._C._current_graph_task_id() != -1
            if recomputing:
                return self._recalled(checkpointed)
            if checkpointed:
                self._remember()
        # A new tensor: whoever holds the place of this call keeps it.
        place, self.place = self.place, self.place + ONE_CALL
        return place

    def _start(self, counter: int) -> None:
        # As an int too, which can be compared where tensors are traced and have no values.
        self.key = stream_key(self.seed, self.index)
        self.place = torch.tensor([self.key, counter], device="cpu")

    def _remember(self) -> None:
        self._calls[_mark()] = self.place
        if len(self._calls) > REMEMBERED_CALLS:
            del self._calls[next(iter(self._calls))]

    def _recalled(self, checkpointed: bool) -> Tensor:
        place = self._calls.get(_mark()) if checkpointed else None
        if place is None:
            raise BridleError(UNKNOWN_MASK)
        return place

    def _save_to_state_dict(
        self, destination: dict[str, Any], prefix: str, keep_vars: bool
    ) -> None:
        destination[f"{prefix}place"] = self.place

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *args: Any) -> None:
        place = state_dict.get(f"{prefix}place")
        if place is not None:
            self.place = torch.as_tensor(place, dtype=torch.int64, device="cpu").clone()
            self.key = int(self.place[0])


def seed_noise(model: nn.Module, seed: int) -> nn.Module:
    """Give every noise in a network its stream under one seed, by its position, from the start.

    Parameters
    ----------
    model : torch.nn.Module
    seed : int
        Any integer.

    Returns
    -------
    torch.nn.Module
        The same network.

    Raises
    ------
    InputError
        The seed is not an integer.
    """
    streams = (one for one in model.modules() if isinstance(one, MaskStream))
    for index, stream in enumerate(streams):
        stream.restart(seed, index)
    return model


def plain_state_dict(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a checkpoint without what bridle's modules keep in it: rates and places of masks.

    Parameters
    ----------
    state : mapping of str to tensor
        The ``state_dict`` of a network with dropout of bridle's.

    Returns
    -------
    dict of str to tensor
        What the network without it loads strictly.
    """
    mark = "stream.place"
    sources = [key.removesuffix(mark) for key in state if key.endswith(mark)]
    ours = {f"{source}{name}" for source in sources for name in (mark, "rate")}
    return {key: value for key, value in state.items() if key not in ours}


def _keep_apart(parent: nn.Module, name: str, child: nn.Module | None) -> None:
    """Move the streams of a new child off the keys that its parent has already."""
    joining = [] if child is None else _streams(child)
    if not joining:
        return
    present = _streams(parent)
    taken = {one.key for one in present}
    for stream in joining:
        if any(stream is one for one in present):
            continue
        while stream.key in taken:
            stream.move_on()
        taken.add(stream.key)


def _streams(module: nn.Module) -> list[MaskStream]:
    return [one for one in module.modules() if isinstance(one, MaskStream)]


def _mark() -> int:
    return int(torch.randint(2**62, ()).item())


nn.modules.module.register_module_module_registration_hook(_keep_apart)
