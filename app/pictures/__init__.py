"""Pictures and clips of the session.

All but "the stage as it is" are drawn by the QPainter stage, on machines with OpenGL too. So a plan gives
the same picture on every machine, a PNG and an SVG are two forms of one drawing, no graphics card limits the
size, and everything is drawn on another thread while the window stays in use: the stage's OpenGL context
belongs to the window's thread, and where the processor does its work, a large frame would hold the window up.
The cost is the shading of bones, all that the QPainter stage lacks; the preview shows it beforehand. Whoever
wants it takes the stage as it is, which its own canvas draws, at a multiple of the screen's size.
"""
