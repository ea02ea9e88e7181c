"""Keras' backends in an audit: gradients with respect to an input, and the generators of PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bridle.backend import load_keras
from bridle.errors import InputError

__all__ = ["Run", "TorchGenerator", "generators", "with_gradient"]

keras = load_keras()
ops = keras.ops

Run = Callable[[Any, Any], tuple[Any, Any]]
"""Takes a layer and an input; returns its output, and the gradient of the output's sum."""


def with_gradient() -> tuple[Run, Callable[[Any], Run]]:
    """Return how a layer runs in training with its gradient, and how it is compiled for that."""
    return _ENGINES[keras.backend.backend()]()


class TorchGenerator:
    """The generator of a PyTorch device, from which Keras draws if a layer has no seed."""

    name = "seed_generator_state of PyTorch"

    def __init__(self, generator: Any) -> None:
        self.generator = generator

    @property
    def value(self) -> Any:
        """The state, as a tensor of bytes."""
        return self.generator.get_state()

    def assign(self, value: Any) -> None:
        """Go back to a state."""
        import torch

        self.generator.set_state(torch.from_numpy(value))


def generators() -> list[TorchGenerator]:
    """Return the generators of a backend from which Keras draws beside its own streams."""
    if keras.backend.backend() != "torch":
        return []
    import torch

    on_gpus = torch.cuda.default_generators if torch.cuda.is_initialized() else ()
    return [TorchGenerator(one) for one in (torch.default_generator, *on_gpus)]


def _on_jax() -> tuple[Run, Callable[[Any], Run]]:
    import jax

    def run(layer: Any, x: Any) -> tuple[Any, Any]:
        output, backward = jax.vjp(lambda given: layer(given, training=True), x)
        return output, backward(ops.ones_like(output))[0]

    def compiled(layer: Any) -> Run:
        def step(x: Any, state: Any) -> Any:
            def forward(given: Any) -> Any:
                return layer.stateless_call([], state, given, training=True)

            output, backward, after = jax.vjp(forward, x, has_aux=True)
            return output, backward(ops.ones_like(output))[0], after

        jitted = jax.jit(step)

        def run(layer: Any, x: Any) -> tuple[Any, Any]:
            held = layer.non_trainable_variables
            output, gradient, after = jitted(x, [variable.value for variable in held])
            for variable, value in zip(held, after, strict=True):
                variable.assign(value)
            return output, gradient

        return run

    return run, compiled


def _on_tensorflow() -> tuple[Run, Callable[[Any], Run]]:
    import tensorflow as tf

    def run(layer: Any, x: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            output = layer(x, training=True)
            total = tf.reduce_sum(output)
        return output, tape.gradient(total, x, unconnected_gradients="zero")

    def compiled(layer: Any) -> Run:
        step = tf.function(lambda x: run(layer, x))
        return lambda _, x: step(x)

    return run, compiled


def _on_torch() -> tuple[Run, Callable[[Any], Run]]:
    import torch

    def run(layer: Any, x: Any) -> tuple[Any, Any]:
        given = x.detach().requires_grad_()
        output = layer(given, training=True)
        # Rate 1 gives a constant, without a gradient.
        total = (output + 0 * given).sum()
        return output.detach(), torch.autograd.grad(total, given)[0]

    def compiled(layer: Any) -> Run:
        raise InputError(
            "compiled must be left out for a Keras network on PyTorch, where Keras draws outside of "
            "what is compiled. Received: True."
        )

    return run, compiled


_ENGINES: dict[str, Callable[[], tuple[Run, Callable[[Any], Run]]]] = {
    "jax": _on_jax,
    "tensorflow": _on_tensorflow,
    "torch": _on_torch,
}
