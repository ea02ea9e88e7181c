"""Threads: how many processors there are, pools, and long calls that Ctrl-C stops."""
