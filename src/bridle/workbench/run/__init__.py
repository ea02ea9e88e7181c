"""The runs of a study: every arm on every split."""
