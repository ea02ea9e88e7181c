"""Logs of training that ran elsewhere: histories and files of frameworks, as losses by epoch."""
