"""The only thread, and the only torch, of the app."""
