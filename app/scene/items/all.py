"""All items of the stage, and whether the driver can draw them."""

from __future__ import annotations

from app.scene.items.floor import FloorItem, ShadowItem
from app.scene.items.markers import MarkerItem
from app.scene.items.mesh import SeenThroughMeshItem, SolidMeshItem
from app.scene.items.over import OverFigureItem
from app.scene.items.spread import SpreadItem

ITEMS = (FloorItem, ShadowItem, SeenThroughMeshItem, SolidMeshItem, SpreadItem, OverFigureItem, MarkerItem)
"""In the order they are drawn."""


def try_shaders() -> None:
    """Build every item's program in the current context, to know that the driver can.

    Raises:
        RuntimeError, OpenGL.error.GLError: it cannot.
    """
    for item in ITEMS:
        item.build()
