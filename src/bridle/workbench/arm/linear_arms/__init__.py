"""The arms without a network: a constant prediction, linear models, and a control."""
