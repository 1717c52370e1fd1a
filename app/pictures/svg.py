"""A picture as an SVG drawing: Qt's own generator draws it, then what it repeats is taken out."""

from __future__ import annotations

import re
from xml.etree import ElementTree as Xml

from PySide6.QtCore import QBuffer, QIODevice, QRect, QSize
from PySide6.QtGui import QColor, QPainter
from PySide6.QtSvg import QSvgGenerator

from app.pictures.painting import Frame, colours_of, paint
from app.pictures.plan import WHATS, Plan
from app.pictures.subject import Subject

SPACE = "http://www.w3.org/2000/svg"
_DEFAULTS = {
    "fill-opacity": "1",
    "stroke-opacity": "1",
    "stroke-width": "1",
    "stroke-linecap": "butt",
    "stroke-linejoin": "miter",
    "transform": "matrix(1,0,0,1,0,0)",
}
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")


def to_svg(plan: Plan, subject: Subject, frame: Frame | None) -> bytes:
    """The drawing as a file: shapes as vectors, words as text."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # whose shapes can be clipped
    generator.setOutputDevice(buffer)
    generator.setSize(QSize(*plan.size))
    generator.setViewBox(QRect(0, 0, *plan.size))
    generator.setTitle(WHATS[plan.what])
    painter = QPainter(generator)
    if not plan.see_through:
        painter.fillRect(QRect(0, 0, *plan.size), QColor(colours_of(plan, subject).scene.background))
    paint(painter, plan, subject, frame)
    painter.end()
    return tidy(bytes(buffer.data()), plan.size)


def tidy(drawing: bytes, size: tuple[int, int]) -> bytes:
    """The same drawing without empty groups, repeated styles, and digits nobody sees.

    Qt opens a group for every shape and gives each its whole style, fonts and all.
    """
    Xml.register_namespace("", SPACE)
    root = Xml.fromstring(drawing)
    for name in ("version", "baseProfile"):
        root.attrib.pop(name, None)
    root.set("width", str(size[0]))
    root.set("height", str(size[1]))
    described = root.find(f"{{{SPACE}}}desc")
    if described is not None:
        root.remove(described)
    for element in root.iter():
        _trim(element)
    whole = root.find(f"{{{SPACE}}}g")
    if whole is not None:
        whole[:] = _merged(list(whole))
    Xml.indent(root, " ")
    return Xml.tostring(root, encoding="utf-8", xml_declaration=True)


def _trim(element: Xml.Element) -> None:
    """No attribute that says nothing, and numbers to a hundredth of a px."""
    for name, value in list(element.attrib.items()):
        of_text = name.startswith("font-") and not element.tag.endswith("text")
        unused = name.startswith("stroke-") and element.get("stroke") == "none"
        if of_text or unused or _DEFAULTS.get(name) == value:
            del element.attrib[name]
        elif name in ("d", "points", "x", "y", "cx", "cy", "r", "rx", "ry", "width", "height"):
            element.set(name, _NUMBER.sub(lambda found: f"{round(float(found[0]), 2):g}", value))
    if element.tag.endswith("path"):
        element.set("d", " ".join(element.get("d", "").replace(",", " ").split()))


def _merged(groups: list[Xml.Element]) -> list[Xml.Element]:
    """Neighbours of one style become one group, and their lines one path."""
    kept: list[Xml.Element] = []
    for group in groups:
        if not len(group):
            continue
        if kept and kept[-1].attrib == group.attrib:
            kept[-1].extend(list(group))
        else:
            kept.append(group)
    for group in kept:
        if "clip-path" in group.attrib:
            group[:] = _merged(list(group))
        else:
            _join_lines(group)
    return kept


def _join_lines(group: Xml.Element) -> None:
    lines = [child for child in group if child.tag.endswith("polyline")]
    if len(lines) < 2 or len(lines) < len(group):
        return
    path = Xml.Element(f"{{{SPACE}}}path")
    path.set("d", "".join("M" + "L".join(line.get("points", "").split()) for line in lines).replace(",", " "))
    path.set("fill", "none")
    group[:] = [path]
