"""The 3D stage: poses in, pixels and picks out. No torch, no application state."""
