"""The theme: complete, legible, and told apart by everyone."""

from itertools import combinations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QPalette

from app.looks import theme
from app.looks.stylesheet import mixed, stylesheet

# Machado, Oliveira & Fernandes 2009, severity 1.0: what is left of linear RGB.
PROTAN = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
DEUTAN = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
TRITAN = [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]


def linear(colour):
    value = np.array([*bytes.fromhex(colour[1:])]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ rgb.clip(
        0, 1
    )
    f = np.cbrt(xyz / [0.9505, 1.0, 1.089])
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(a, b):
    """WCAG 2 contrast ratio."""
    bright, dark = sorted((linear(c) @ [0.2126, 0.7152, 0.0722] for c in (a, b)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", theme.SCHEMES)
@pytest.mark.parametrize(
    "eyes", [np.eye(3), PROTAN, DEUTAN, TRITAN], ids=["all", "protan", "deutan", "tritan"]
)
def test_sides_and_truth_are_told_apart_by_any_eyes(scheme, eyes):
    scene = theme.theme(scheme).scene
    for a, b in ((scene.left, scene.right), (scene.left, scene.truth), (scene.left, scene.centre)):
        assert np.linalg.norm(lab(eyes @ linear(a)) - lab(eyes @ linear(b))) > 15


@pytest.mark.parametrize("scheme", theme.SCHEMES)
@pytest.mark.parametrize(
    "eyes", [np.eye(3), PROTAN, DEUTAN, TRITAN], ids=["all", "protan", "deutan", "tritan"]
)
def test_what_is_known_of_a_joint_is_told_apart_by_any_eyes(scheme, eyes):
    scene = theme.theme(scheme).scene
    for a, b in combinations((scene.free, scene.seen, scene.fixed), 2):
        assert np.linalg.norm(lab(eyes @ linear(a)) - lab(eyes @ linear(b))) > 15


@pytest.mark.parametrize("scheme", theme.SCHEMES)
def test_text_is_legible(scheme):
    t = theme.theme(scheme)
    for ground in (t.window, t.surface, t.raised):
        assert contrast(t.text, ground) > 7
    assert contrast(t.muted, t.window) > 4.5
    assert contrast(t.on_accent, t.accent) > 4.5
    assert contrast(t.scene.evidence, t.scene.ink) > 7
    assert min(contrast(t.scene.fixed, ground) for ground in (t.scene.background, t.window, t.surface)) > 7


@pytest.mark.parametrize("scheme", theme.SCHEMES)
def test_the_sheet_is_filled_in(scheme):
    sheet = stylesheet(theme.theme(scheme))
    assert "$" not in sheet
    assert sheet.count("{") == sheet.count("}")


def test_widgets_know_their_theme_from_their_palette():
    for t in (theme.DARK, theme.LIGHT):
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Window, QColor(t.window))
        assert theme.theme_of(palette) is t


def test_applying_and_following_the_desktop(qapp):
    before = qapp.styleSheet(), qapp.palette()
    try:
        for scheme in ("dark", None, "light", None, None, "dark"):
            chosen = theme.apply(qapp, scheme)
            assert chosen.scheme == (scheme or theme.system_scheme(qapp))
            assert theme.theme_of(qapp.palette()) is chosen
        theme.apply(qapp, None)
        qapp.styleHints().colorSchemeChanged.emit(qapp.styleHints().colorScheme())
        assert theme.theme_of(qapp.palette()).scheme == theme.system_scheme(qapp)
    finally:
        theme.apply(qapp, "dark")
        qapp.setStyleSheet(before[0])
        qapp.setPalette(before[1])


def test_mixed():
    assert mixed("#ffffff", "#000000", 0.5) == "#808080"
    assert mixed("#123456", "#abcdef", 1.0) == "#123456"
