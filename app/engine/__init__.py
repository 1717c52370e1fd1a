"""The threads of the app, and its only torch."""
