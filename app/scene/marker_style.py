"""Sizes of the joint markers, the same on every stage."""

import numpy as np

RADIUS = np.float32([4.4, 6.2, 6.2])  # logical px: free, seen in 2D, fixed in 3D
TOWARDS_EYE = 0.05  # m a marker is drawn in front of its joint, out of the joint's own ball
