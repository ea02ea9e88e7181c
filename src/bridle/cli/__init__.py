"""Command line: parse, run, judge, render."""
