"""What the panels show, without widgets."""
