"""OpenGL items of the stage, one a file; each uploads its data in ``paint`` and only when it changed."""
