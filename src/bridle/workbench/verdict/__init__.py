"""Verdict: what the evidence says, in words."""
