"""The checks of a network's dropout. Their codes are stable: BR3xx are about networks."""

from __future__ import annotations

from bridle.dropout.guidance.base import Check, DropoutFinding, DropoutPlace

__all__ = ["CHECKS", "CODES", "run_checks"]

Places = tuple[DropoutPlace, ...]
Findings = tuple[DropoutFinding, ...]

HIGH_RATE = "BR301 high-rate"
SAME_HIGH_RATE = "BR302 same-high-rate"
AFTER_OUTPUT = "BR303 dropout-after-output"
BEFORE_BATCH_NORMALIZATION = "BR304 dropout-before-batch-normalization"
UNITS_OF_CONVOLUTION = "BR305 single-units-of-convolution"
ACTIVE_AT_INFERENCE = "BR306 active-at-inference"
SHARED_SEED = "BR307 shared-seed"
STARVED_FIRST_LAYER = "BR308 starved-first-layer"

CODES = (
    HIGH_RATE,
    SAME_HIGH_RATE,
    AFTER_OUTPUT,
    BEFORE_BATCH_NORMALIZATION,
    UNITS_OF_CONVOLUTION,
    ACTIVE_AT_INFERENCE,
    SHARED_SEED,
    STARVED_FIRST_LAYER,
)

HIGHEST_USUAL_RATE = 0.6

HIGH_FOR_ALL_DEPTHS = 0.5
DEEP = 3
"""Depths from which one high rate at all of them is worth a word."""

HIGH_FOR_INPUTS = 0.5
FEW_UNITS = 5


def run_checks(places: Places) -> Findings:
    """Return what all checks find, by check, then in the order of computation.

    Parameters
    ----------
    places : tuple of DropoutPlace
        Every dropout of a network, in the order of computation; those of rate 0 do nothing and
        are passed over.
    """
    acting = tuple(place for place in places if place.rate > 0)
    return tuple(finding for check in CHECKS for finding in check(acting))


def high_rate(places: Places) -> Findings:
    """Find rates above 0.6: the scale 1 / (1 - rate) makes the variance of the noise explode."""
    return tuple(
        DropoutFinding(
            HIGH_RATE,
            (place.layer,),
            f"{place.layer!r} drops {place.rate:g} of its units. "
            + (
                "Nothing is left for the layers after it to learn from."
                if place.rate == 1
                else f"What is left is scaled by {1 / (1 - place.rate):.3g}, and the variance that "
                f"the noise adds is {place.rate / (1 - place.rate):.3g} times the square of each "
                "unit: training is slow and tends to underfit."
            ),
            "Try 0.5 or less, or make the layer wider.",
        )
        for place in places
        if place.rate > HIGHEST_USUAL_RATE
    )


def same_high_rate(places: Places) -> Findings:
    """Find one rate of 0.5 or more at each of three or more depths."""
    hidden = [place for place in places if place.source is not None]
    rates = {place.rate for place in hidden}
    depths = {place.depth for place in hidden}
    if len(depths) < DEEP or len(rates) != 1 or min(rates) < HIGH_FOR_ALL_DEPTHS:
        return ()
    rate = hidden[0].rate
    return (
        DropoutFinding(
            SAME_HIGH_RATE,
            tuple(dict.fromkeys(place.layer for place in hidden)),
            f"All {len(depths)} depths drop {rate:g}. Noise multiplies on its way through the "
            "network, so that little of the signal is left at the end, while early layers, which "
            "overfit least, pay as much as late ones.",
            f"Let the rate rise with depth, for instance set_rate(model, (0.1, {rate:g})).",
        ),
    )


def after_output(places: Places) -> Findings:
    """Find dropout whose units are the network's outputs."""
    return tuple(
        DropoutFinding(
            AFTER_OUTPUT,
            (place.layer,),
            f"{place.layer!r} stands after the output: it replaces predictions by zeros and scales "
            "the others while the loss looks at them, and regularises nothing.",
            "Take it out; dropout belongs after hidden layers.",
        )
        for place in places
        if place.after_output
    )


def before_batch_normalization(places: Places) -> Findings:
    """Find dropout that a batch normalisation reads."""
    return tuple(
        DropoutFinding(
            BEFORE_BATCH_NORMALIZATION,
            (place.layer,),
            f"{place.layer!r} stands before a batch normalisation, which learns the variance with "
            "the noise in it and meets another one at inference (Li et al. 2019, variance shift).",
            "Put it after the last batch normalisation.",
        )
        for place in places
        if place.before_batch_statistics
    )


def single_units_of_convolution(places: Places) -> Findings:
    """Find dropout of single units after a convolution, while there is still space or time."""
    return tuple(
        DropoutFinding(
            UNITS_OF_CONVOLUTION,
            (place.layer,),
            f"{place.layer!r} drops single units after a convolution. Their neighbours hold nearly "
            "the same, so that hardly anything is hidden (Tompson et al. 2015).",
            "Drop whole channels (SpatialDropout) or blocks (DropBlock2D).",
        )
        for place in places
        if place.single_units_of_map and place.source == "convolution"
    )


def active_at_inference(places: Places) -> Findings:
    """Find dropout that a call for inference does not switch off."""
    return tuple(
        DropoutFinding(
            ACTIVE_AT_INFERENCE,
            (place.layer,),
            f"{place.layer!r} is called with training=True, or knows no training at all: model(x) "
            "leaves units out at inference, so that the same row gets other predictions each time.",
            "Call it without training=, so that the network decides; for a distribution of "
            "predictions use bridle.MonteCarlo.",
        )
        for place in places
        if place.always_active
    )


def shared_seed(places: Places) -> Findings:
    """Find layers whose masks come from the same key, and so are the same."""
    layers: dict[int, list[str]] = {}
    for place in places:
        for key in place.keys:
            layers.setdefault(key, []).append(place.layer)
    shared = {tuple(dict.fromkeys(paths)): key for key, paths in layers.items()}
    return tuple(
        DropoutFinding(
            SHARED_SEED,
            paths,
            f"{', '.join(map(repr, paths))} have the same seed, {key}: they draw the same masks, so "
            "that a path through the network is dropped as a whole or not at all.",
            "Give each layer a seed of its own, or none; bridle's layers tell themselves apart.",
        )
        for paths, key in shared.items()
        if len(paths) > 1
    )


def starved_first_layer(places: Places) -> Findings:
    """Find dropout of the inputs of 0.5 or more, or that leaves fewer than five of them."""
    found = []
    for place in places:
        left = None if place.units is None else (1 - place.rate) * place.units
        few = left is not None and left < FEW_UNITS
        if place.source is None and (place.rate >= HIGH_FOR_INPUTS or few):
            seen = "" if left is None else f": of {place.units} about {left:.3g} are left in a step"
            found.append(
                DropoutFinding(
                    STARVED_FIRST_LAYER,
                    (place.layer,),
                    f"{place.layer!r} drops {place.rate:g} of the network's inputs{seen}. What the "
                    "first layer does not see, no later layer can make up for.",
                    "Drop 0.2 of the inputs at most, and none of a few.",
                )
            )
    return tuple(found)


CHECKS: tuple[Check, ...] = (
    high_rate,
    same_high_rate,
    after_output,
    before_batch_normalization,
    single_units_of_convolution,
    active_at_inference,
    shared_seed,
    starved_first_layer,
)
"""In the order of their codes."""
