"""Placement: the places of dropout in a network, and its kind.

Dropout comes after the activation of a hidden layer, whether part of the layer or a following one;
for a linear layer after its normalisation, if it has one. The output, and layers that only reshape
or activate it, get none. Recurrent layers and attention have dropout inside. Layers that compute
queries, keys and values get none; the attention weights do instead, if the graph shows them.

===========================  ======================================================
layer                        kind of dropout, unless one is asked for
===========================  ======================================================
dense                        ``dropout``: single units
convolution                  ``spatial``: whole channels
either with SELU             ``alpha``: keeps mean 0 and variance 1
LSTM, GRU                    ``recurrent``: on the state, one mask for all times
attention                    ``attention``: on the attention weights
===========================  ======================================================

On request there are ``gaussian`` instead of ``dropout``, and ``weight_drop``, which drops recurrent
weights of LSTM and GRU and keeps the backend's fused kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from bridle.arguments.scalars import refuse
from bridle.dropout.surgery.network_graph import Graph, Site, Step
from bridle.dropout.surgery.place_rates import is_pattern, known_names, matches
from bridle.errors import InputError, UnknownNameError

__all__ = ["HIDDEN", "Kind", "Place", "Where", "find_places", "occupied_places"]

Kind = Literal["dropout", "spatial", "alpha", "gaussian", "recurrent", "weight_drop", "attention"]

Where = str | Iterable[str] | Callable[[Any], bool] | None

INSIDE = ("recurrent", "weight_drop", "attention")

HIDDEN = ("dense", "convolution", "recurrent", "attention")


@dataclass(frozen=True)
class Place:
    """A place that has dropout or can have it.

    Parameters
    ----------
    site : Site
        The call after which it comes or, if it is `inside`, within which it is.
    kind : Kind
        Kind of dropout.
    position : int
        Depth-first index of the layer at ``site``, which determines the random stream.
    owners : tuple of Site
        The calls of hidden layers whose units it drops, at least one.
    layers : tuple of object
        The layers of ``site`` and ``owners``, for predicates.
    spatial_axes : int
        Number of axes between samples and channels: 1 to 3 for ``spatial``.
    depth : int
        Number of other places between the input and this one.
    before_batch_statistics : bool
        Whether a batch normalisation follows.
    """

    site: Site
    kind: Kind
    position: int
    owners: tuple[Site, ...]
    layers: tuple[object, ...]
    spatial_axes: int
    depth: int = 0
    before_batch_statistics: bool = False

    @property
    def inside(self) -> bool:
        """Whether the dropout is inside the layer."""
        return self.kind in INSIDE

    @property
    def names(self) -> tuple[str, ...]:
        """Names by which it can be addressed: of its hidden layers, then of the layer before it."""
        paths = dict.fromkeys(site.path for site in (*self.owners, self.site))
        return tuple(dict.fromkeys([*paths, *(path.rpartition("/")[2] for path in paths)]))


def find_places(
    graph: Graph,
    *,
    where: Where = None,
    kind: Kind | Literal["auto"] = "auto",
    beside_existing: bool = False,
) -> tuple[Place, ...]:
    """Return the places for dropout, in the order of computation.

    Parameters
    ----------
    graph : Graph
        The network.
    where : str, iterable of str, callable or None
        Names or paths of layers, glob patterns, or a predicate on a layer. An exact name can be that
        of any layer except an output; patterns and predicates choose among hidden layers. Default:
        every hidden layer.
    kind : Kind or "auto"
        Default: by the table of the module.
    beside_existing : bool
        Whether to include places that have dropout already. Default False.

    Raises
    ------
    InputError
        There is no hidden layer, a named layer is an output, or the predicate chooses none.
    UnknownNameError
        The kind is unknown, or a name or a pattern matches nothing.
    """
    chosen = _asked_places(graph, where, kind)
    if not chosen:
        raise InputError(
            "The network has no hidden layer that dropout "
            f"{'' if kind == 'auto' else f'of kind {kind!r} '}could follow or be in: after the "
            "output it would only falsify predictions. Add a hidden layer first, or name a layer "
            "in where=."
        )
    if not beside_existing:
        chosen = [place for place in chosen if not _occupied(graph, place)]
    depths = graph.depths(frozenset(place.site for place in chosen))
    return tuple(
        replace(
            place,
            depth=depths[place.site],
            before_batch_statistics=not place.inside
            and any(graph.stands_before_batch_statistics(i) for i in _indices(graph, place.site)),
        )
        for place in chosen
    )


def occupied_places(
    graph: Graph, *, where: Where = None, kind: Kind | Literal["auto"] = "auto"
) -> tuple[Place, ...]:
    """Return the places that `find_places` leaves out because they have dropout already.

    Parameters
    ----------
    graph : Graph
        The network.
    where : str, iterable of str, callable or None
        As in `find_places`.
    kind : Kind or "auto"
        As in `find_places`.

    Raises
    ------
    InputError
        A named layer is an output, or the predicate chooses none.
    UnknownNameError
        The kind is unknown, or a name or a pattern matches nothing.
    """
    return tuple(place for place in _asked_places(graph, where, kind) if _occupied(graph, place))


def _asked_places(graph: Graph, where: Where, kind: Any) -> list[Place]:
    if kind != "auto" and kind not in get_args(Kind):
        raise UnknownNameError("kind of dropout", kind, ("auto", *get_args(Kind)))
    natural = _merged(_natural_places(graph, kind))
    return natural if where is None else _chosen(graph, natural, where, kind)


def _natural_places(graph: Graph, kind: str) -> Iterator[Place]:
    """Yield a place for the activation of each hidden layer; several layers may share one."""
    for index, step in enumerate(graph.steps):
        if step.role not in HIDDEN:
            continue
        within = _place(graph, index, step, kind)
        if within.inside:
            yield within
            continue
        behind = graph.activations(index) or (graph.normalized(index),)
        if graph.feeds_attention(index):
            behind = graph.attention_weights(index)
        for after in behind:
            place = _place(graph, after, step, kind)
            if kind in ("auto", place.kind) and not _follows_output(graph, place.site):
                yield place


def _place(graph: Graph, after: int, owner: Step, kind: str) -> Place:
    step = graph.steps[after]
    axes = owner.spatial_axes if step.spatial_axes is None else step.spatial_axes
    spatial = axes is not None and 1 <= axes <= 3
    chosen = _kind(step, owner, kind, spatial)
    return Place(
        # Dropout inside a layer acts at all its calls.
        site=step.site._replace(call=0) if chosen in INSIDE else step.site,
        kind=chosen,
        position=step.position,
        owners=(owner.site,),
        layers=tuple({id(stage.layer): stage.layer for stage in (owner, step)}.values()),
        spatial_axes=axes or 0,
    )


def _kind(step: Step, owner: Step, kind: str, spatial: bool) -> Kind:
    """Return the kind of dropout at ``step`` for the units of ``owner``."""
    if step is owner and owner.role == "recurrent" and kind in ("auto", "recurrent"):
        return "recurrent"
    if step is owner and owner.role == "recurrent" and kind == "weight_drop":
        return "weight_drop"
    if step is owner and owner.role == "attention" and kind in ("auto", "attention"):
        return "attention"
    if kind == "alpha" or (kind == "auto" and step.activation == "selu"):
        return "alpha"
    if spatial and (kind == "spatial" or (kind == "auto" and owner.role == "convolution")):
        return "spatial"
    return "gaussian" if kind == "gaussian" else "dropout"


def _merged(places: Iterable[Place]) -> list[Place]:
    """Return the places with those of the same site merged, in the order of their first."""
    merged: dict[Site, Place] = {}
    for place in places:
        known = merged.get(place.site)
        merged[place.site] = place if known is None else _united(known, place)
    return list(merged.values())


def _united(place: Place, other: Place) -> Place:
    layers = {id(layer): layer for layer in (*place.layers, *other.layers)}
    return replace(
        place,
        owners=tuple(dict.fromkeys([*place.owners, *other.owners])),
        layers=tuple(layers.values()),
    )


def _chosen(graph: Graph, natural: list[Place], where: Any, kind: str) -> list[Place]:
    if callable(where):
        chosen = [place for place in natural if any(where(layer) for layer in place.layers)]
        if natural and not chosen:
            raise InputError(
                "where must choose at least one hidden layer. Received: a predicate that is false "
                f"for all of {', '.join(map(repr, known_names(natural)))}."
            )
        return chosen
    entries = [where] if isinstance(where, str) else list(where)
    if not entries or not all(isinstance(entry, str) for entry in entries):
        refuse("where", "names or patterns of layers, or a predicate on a layer", where)
    found: list[Place] = []
    for entry in entries:
        fitting = [place for place in natural if matches(entry, place)]
        found += fitting or _named(graph, natural, entry, kind)
    order = {step.site: index for index, step in reversed([*enumerate(graph.steps)])}
    return sorted(_merged(found), key=lambda place: order[place.site])


def _named(graph: Graph, natural: list[Place], name: str, kind: str) -> Iterator[Place]:
    """Yield the places after a layer that is not a hidden layer but was named."""
    sites = {step.site for step in graph.steps if _answers(step, name)}
    if is_pattern(name) or not sites:
        layers = (step.site.path for step in graph.steps if step.role != "dropout")
        known = known_names(natural) if is_pattern(name) else list(dict.fromkeys(layers))
        raise UnknownNameError("layer for dropout", name, known)
    for site in sorted(sites):
        index = _indices(graph, site)[0]
        owner = graph.source(index) or graph.steps[index]
        place = replace(_place(graph, index, owner, kind), owners=(site,))
        if not place.inside and _follows_output(graph, site):
            raise InputError(
                f"where must not name an output: after {name!r} no layer computes, so dropout "
                f"would only falsify predictions. Received: {name!r} in where."
            )
        if kind not in ("auto", place.kind):
            refuse("kind", f"one that fits {name!r}, which takes {place.kind!r}", kind)
        yield place


def _answers(step: Step, name: str) -> bool:
    return name in (step.site.path, step.site.path.rpartition("/")[2])


def _follows_output(graph: Graph, site: Site) -> bool:
    # In a model that is called twice, a layer may be a hidden layer in one of the calls only.
    return any(graph.is_output[index] for index in _indices(graph, site))


def _occupied(graph: Graph, place: Place) -> bool:
    indices = _indices(graph, place.site)
    within = {index for owner in place.owners for index in _indices(graph, owner)} | {*indices}
    if any(graph.steps[index].drops for index in within):
        return True
    return not place.inside and any(graph.has_dropout_after(index) for index in indices)


def _indices(graph: Graph, site: Site) -> list[int]:
    return [index for index, step in enumerate(graph.steps) if step.site == site]
