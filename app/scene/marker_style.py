"""Sizes of the joint markers, the same on every stage."""

import numpy as np

RADIUS = np.float32([4.4, 6.2, 6.2])  # logical px: free, seen in 2D, fixed in 3D
