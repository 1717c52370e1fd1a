"""Curves as a picture: a grid of small plots in one SVG file that needs no library to draw or to read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

Curves = Mapping[str, Sequence[tuple[float, float]]]
"""Name of a line -> its points (x, y); one point alone is drawn as a level across the plot."""

_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 262, 170, 46, 30, 12, 26
_COLOURS = ("#333333", "#e69f00", "#0072b2", "#56b4e9", "#d55e00", "#009e73", "#cc79a7")
"""Of Okabe & Ito, told apart by the colour-blind too."""


def grid(plots: Sequence[Sequence[tuple[str, Curves]]], x_label: str) -> str:
    """SVG text of rows of plots (title, curves), x logarithmic, with one legend: names in order of colour."""
    names = list(dict.fromkeys(name for row in plots for _, curves in row for name in curves))
    colours = {name: _COLOURS[i % len(_COLOURS)] for i, name in enumerate(names)}
    width, height = _WIDTH * max(map(len, plots)), _HEIGHT * len(plots) + 34
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="10">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for r, row in enumerate(plots):
        for c, (title, curves) in enumerate(row):
            parts.append(f'<g transform="translate({c * _WIDTH},{r * _HEIGHT})">')
            parts += [*_plot(title, curves, colours), "</g>"]
    place = _LEFT
    for name in names:
        line = f'<path d="M{place},{height - 22}h16" stroke="{colours[name]}" stroke-width="2"/>'
        parts.append(line + _text(place + 20, height - 18, name))
        place += 34 + 6 * len(name)
    parts += [_text(width - _RIGHT, height - 4, x_label, "end"), "</svg>\n"]
    return "\n".join(parts)


def _plot(title: str, curves: Curves, colours: Mapping[str, str]) -> list[str]:
    lines = {name: points for name, points in curves.items() if len(points) > 1}
    xs = [x for points in lines.values() for x, _ in points]
    low, high = _window([y for points in curves.values() for _, y in points])
    left, right, top, bottom = _LEFT, _WIDTH - _RIGHT, _TOP, _HEIGHT - _BOTTOM

    def place(x: float, y: float) -> tuple[float, float]:
        across = math.log(x / min(xs)) / math.log(max(xs) / min(xs))
        up = min(max((y - low) / (high - low), 0.0), 1.0)
        return left + across * (right - left), bottom - up * (bottom - top)

    parts = [_text(left, top - 10, title, weight="bold")]
    for y in (low, (low + high) / 2, high):
        _, v = place(min(xs), y)
        parts.append(f'<path d="M{left},{v:.1f}H{right}" stroke="#dddddd"/>')
        parts.append(_text(left - 4, v + 3, f"{y:.0f}" if high >= 100 else f"{y:.3g}", "end"))
    for x in _ticks(min(xs), max(xs)):
        u, _ = place(x, low)
        parts.append(_text(u, bottom + 13, f"{x:g}", "middle"))
    for name, points in curves.items():
        style = f'fill="none" stroke="{colours[name]}" stroke-width="1.6" stroke-linejoin="round"'
        if len(points) == 1:
            _, v = place(min(xs), points[0][1])
            parts.append(f'<path d="M{left},{v:.1f}H{right}" {style} stroke-dasharray="4 3"/>')
        else:
            path = " ".join(f"{u:.1f},{v:.1f}" for u, v in (place(*point) for point in points))
            parts.append(f'<polyline points="{path}" {style}/>')
    return parts


def _ticks(low: float, high: float) -> list[float]:
    """Powers of ten between ``low`` and ``high``, with 2 and 5 times them where there is room."""
    between = (1,) if high > 100 * low else (1, 2, 5)
    every = (
        m * 10.0**e
        for e in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        for m in between
    )
    return [x for x in every if low <= x <= high]


def _window(values: Sequence[float]) -> tuple[float, float]:
    """The range to show: without the worst tenth of values, which few-call failures would stretch."""
    ordered = sorted(values)
    low, high = ordered[0], ordered[math.ceil(0.9 * len(ordered)) - 1]
    margin = 0.08 * (high - low) or 0.5
    return max(low - margin, min(low, 0.0)), high + margin


def _text(x: float, y: float, text: str, anchor: str = "start", weight: str = "normal") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}">{escape(text)}</text>'
    )
