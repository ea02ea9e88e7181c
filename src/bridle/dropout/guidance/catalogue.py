"""The checks of the dropout in a network. Their codes are stable: BR3xx are about networks."""

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
"""Number of depths from which the same high rate at all of them is reported."""

HIGH_FOR_INPUTS = 0.5
FEW_UNITS = 5


def run_checks(places: Places) -> Findings:
    """Return what all checks find, by check, then in the order of computation.

    Parameters
    ----------
    places : tuple of DropoutPlace
        Every dropout of a network, in the order of computation. Those of rate 0 have no effect and
        are skipped.
    """
    acting = tuple(place for place in places if place.rate > 0)
    return tuple(finding for check in CHECKS for finding in check(acting))


def high_rate(places: Places) -> Findings:
    """Find rates above 0.6, at which the noise variance rate / (1 - rate) grows fast."""
    return tuple(
        DropoutFinding(
            HIGH_RATE,
            (place.layer,),
            f"{place.layer!r} drops {place.rate:g} of its units. "
            + (
                "The layers after it receive only zeros and learn nothing."
                if place.rate == 1
                else f"The kept units are scaled by {1 / (1 - place.rate):.3g}, and the variance "
                f"of the noise is {place.rate / (1 - place.rate):.3g} times the square of each "
                "unit. Training is then slow and tends to underfit."
            ),
            "Try 0.5 or less, or make the layer wider.",
        )
        for place in places
        if place.rate > HIGHEST_USUAL_RATE
    )


def same_high_rate(places: Places) -> Findings:
    """Find the same rate of 0.5 or more at three or more depths."""
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
            f"The rate is {rate:g} at all {len(depths)} depths. Noise accumulates from layer to "
            "layer, so little of the signal reaches the output; and early layers, which overfit "
            "least, get as much noise as late ones.",
            f"Raise the rate with depth, for instance set_rate(model, (0.1, {rate:g})).",
        ),
    )


def after_output(places: Places) -> Findings:
    """Find dropout of the network's outputs."""
    return tuple(
        DropoutFinding(
            AFTER_OUTPUT,
            (place.layer,),
            f"{place.layer!r} comes after the output layer. In training it sets predictions to "
            "zero and scales the others before the loss is computed, which regularises nothing.",
            "Remove it; dropout belongs after hidden layers.",
        )
        for place in places
        if place.after_output
    )


def before_batch_normalization(places: Places) -> Findings:
    """Find dropout that is followed by a batch normalisation."""
    return tuple(
        DropoutFinding(
            BEFORE_BATCH_NORMALIZATION,
            (place.layer,),
            f"{place.layer!r} comes before a batch normalisation, which estimates a variance that "
            "includes the noise. At inference the variance is smaller (the variance shift of Li "
            "et al. 2019).",
            "Move it behind the last batch normalisation.",
        )
        for place in places
        if place.before_batch_statistics
    )


def single_units_of_convolution(places: Places) -> Findings:
    """Find dropout of single units of the feature maps of a convolution."""
    return tuple(
        DropoutFinding(
            UNITS_OF_CONVOLUTION,
            (place.layer,),
            f"{place.layer!r} drops single units after a convolution. Neighbouring units carry "
            "nearly the same information, so little is dropped in effect (Tompson et al. 2015).",
            "Drop whole channels (SpatialDropout) or blocks (DropBlock2D).",
        )
        for place in places
        if place.single_units_of_map and place.source == "convolution"
    )


def active_at_inference(places: Places) -> Findings:
    """Find dropout that stays active at inference."""
    return tuple(
        DropoutFinding(
            ACTIVE_AT_INFERENCE,
            (place.layer,),
            f"{place.layer!r} is called with training=True, or ignores training: model(x) drops "
            "units at inference too, so the prediction for a row changes from call to call.",
            "Call it without training=, so that the network decides. For a distribution of "
            "predictions use bridle.MonteCarlo.",
        )
        for place in places
        if place.always_active
    )


def shared_seed(places: Places) -> Findings:
    """Find layers with the same key, and therefore the same masks."""
    layers: dict[int, list[str]] = {}
    for place in places:
        for key in place.keys:
            layers.setdefault(key, []).append(place.layer)
    shared = {tuple(dict.fromkeys(paths)): key for key, paths in layers.items()}
    return tuple(
        DropoutFinding(
            SHARED_SEED,
            paths,
            f"{', '.join(map(repr, paths))} have the same seed, {key}, so they draw the same "
            "masks: units at the same position are always dropped together.",
            "Give each layer a different seed, or none. bridle's layers draw different masks even "
            "with the same seed.",
        )
        for paths, key in shared.items()
        if len(paths) > 1
    )


def starved_first_layer(places: Places) -> Findings:
    """Find input dropout with a rate of 0.5 or more, or with fewer than five inputs kept."""
    found = []
    for place in places:
        left = None if place.units is None else (1 - place.rate) * place.units
        few = left is not None and left < FEW_UNITS
        if place.source is None and (place.rate >= HIGH_FOR_INPUTS or few):
            seen = "" if left is None else f": about {left:.3g} of {place.units} remain in a step"
            found.append(
                DropoutFinding(
                    STARVED_FIRST_LAYER,
                    (place.layer,),
                    f"{place.layer!r} drops {place.rate:g} of the network's inputs{seen}. Later "
                    "layers cannot recover what the first layer does not receive.",
                    "Drop at most 0.2 of the inputs, and none if there are only a few.",
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
"""All checks, in the order of their codes."""
