"""The folder of a saved model: a description in JSON and arrays, checked when written and read."""
