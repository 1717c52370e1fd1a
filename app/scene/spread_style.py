"""How ellipsoids of spread look, whichever way they are drawn."""

FILL = 0.22  # opacity of the body
RIM = 0.95  # ... and of its outline
CONTRAST = 0.45  # share of the outline's colour that is taken from what stands out most from the ground
