"""`MaskStream`: the places in a random stream at which a module draws its masks."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from bridle.dropout.rate import checked_seed, stream_key
from bridle.dropout.torch_modules.draws import UNKNOWN_MASK
from bridle.errors import BridleError

__all__ = ["MaskStream", "plain_state_dict", "seed_noise"]

ONE_CALL = torch.tensor([0, 1], device="cpu")

# Most forward passes between a checkpointed forward pass and its backward pass (UNKNOWN_MASK).
REMEMBERED_CALLS = 4096


class MaskStream(nn.Module):
    """Gives each training call the next place ``(key, counter)``.

    The key is a hash of the seed and of an index, which distinguishes modules of a network with the
    same seed. A module starts with index 0. When it is added to a network that already has its key
    (two layers with one seed, copies of a layer), it takes the next free index. So a network that
    is built twice, or copied whole, has the same keys each time. A module added to a part of a
    network is compared with that part only; `seed_noise` renumbers a whole network.

    The ``state_dict`` contains the place; one without it loads strictly too. The place is not a
    buffer: it stays on the CPU when the network changes device or type.

    Under ``torch.utils.checkpoint`` (``use_reentrant=False``) the recomputation draws the masks of
    its forward pass again. It finds them by a mark: a number from PyTorch's global generator, whose
    state checkpointing restores. Outside of checkpointing that generator is not used.

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
        """The number of training calls so far."""
        return int(self.place[1])

    def restart(self, seed: int, index: int) -> None:
        """Go to the beginning of stream ``index`` under ``seed``."""
        self.seed, self.index = checked_seed(seed), index
        self._start(0)

    def move_on(self) -> None:
        """Go to the stream of the next index, with the same counter."""
        self.index += 1
        self._start(self.counter)

    def advance(self) -> Tensor:
        """Return the place of this call and advance to the next.

        Raises
        ------
        BridleError
            A backward pass recomputes a forward pass that was not recorded.
        """
        # A compiled graph saves the place as one of its values.
        if not torch.compiler.is_compiling():
            checkpointed = torch._C._autograd._top_saved_tensors_default_hooks(True) is not None
            recomputing = torch._C._current_graph_task_id() != -1
            if recomputing:
                return self._recalled(checkpointed)
            if checkpointed:
                self._remember()
        # A new tensor, so that the returned place of this call does not change.
        place, self.place = self.place, self.place + ONE_CALL
        return place

    def _start(self, counter: int) -> None:
        # Also as an int, which can be compared while tensors are traced and have no values.
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
    """Restart every noise of a network at a stream given by one seed and its position.

    Parameters
    ----------
    model : torch.nn.Module
        A network with any number of bridle's dropout modules.
    seed : int
        Any integer.

    Returns
    -------
    torch.nn.Module
        The same network, changed in place.

    Raises
    ------
    InputError
        The seed is not an integer.
    """
    streams = (module for module in model.modules() if isinstance(module, MaskStream))
    for index, stream in enumerate(streams):
        stream.restart(seed, index)
    return model


def plain_state_dict(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a checkpoint without the entries of bridle's dropout: rates and places of masks.

    Parameters
    ----------
    state : mapping of str to tensor
        The ``state_dict`` of a network with bridle's dropout.

    Returns
    -------
    dict of str to tensor
        A ``state_dict`` that the network without this dropout loads strictly.
    """
    mark = "stream.place"
    sources = [key.removesuffix(mark) for key in state if key.endswith(mark)]
    ours = {f"{source}{name}" for source in sources for name in (mark, "rate")}
    plain = OrderedDict((key, value) for key, value in state.items() if key not in ours)
    # The versions of the modules, by which PyTorch and some networks read a state.
    plain._metadata = getattr(state, "_metadata", {})  # type: ignore[attr-defined]
    return plain


def _keep_apart(parent: nn.Module, name: str, child: nn.Module | None) -> None:
    """Give the streams of a new child keys that its parent does not have yet."""
    joining = [] if child is None else _streams(child)
    if not joining:
        return
    present = _streams(parent)
    taken = {stream.key for stream in present}
    for stream in joining:
        if any(stream is other for other in present):
            continue
        while stream.key in taken:
            stream.move_on()
        taken.add(stream.key)


def _streams(module: nn.Module) -> list[MaskStream]:
    return [part for part in module.modules() if isinstance(part, MaskStream)]


def _mark() -> int:
    return int(torch.randint(2**62, ()).item())


nn.modules.module.register_module_module_registration_hook(_keep_apart)
