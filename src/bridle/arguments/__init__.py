"""Checks of arguments, whose errors state the argument, the allowed range and the value received."""
