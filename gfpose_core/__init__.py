"""Diffusion-based priors over 3D human poses: learn them, sample them, measure them."""

__version__ = "0.1.0"
