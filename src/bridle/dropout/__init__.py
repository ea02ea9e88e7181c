"""Dropout: noise, layers and modules, surgery, Monte-Carlo prediction, guidance.

Importing this package imports no framework.
"""
