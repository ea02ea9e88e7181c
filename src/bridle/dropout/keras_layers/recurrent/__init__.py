"""Recurrent layers with dropout, and the steps and fused kernels that they run on."""
