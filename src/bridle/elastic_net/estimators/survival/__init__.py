"""Estimators of survival times: Cox's model, its cross-validation and its predictions."""
