"""A table of figures beside the paper's, and its forms: on screen, as JSON, CSV and Markdown."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gfpose_core.io.atomic import atomic_path


@dataclass(frozen=True)
class Row:
    """One line: our figures by column, and the paper's where it has them."""

    label: str
    figures: Mapping[str, float]
    paper: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """Figures of one table of the papers, on whatever data they were measured.

    Attributes:
        name: as ``gfpose evaluate`` knows it.
        title: what is measured, with units.
        source: which table of which paper it follows, empty for one of ours.
        paper_data: what the paper's own figures were measured on.
        facts: all that made the figures: checkpoint, data, seed, sampler, ...
        notes: what a reader must know to read it rightly.
    """

    name: str
    title: str
    source: str
    rows: Sequence[Row]
    paper_data: str = "Human3.6M"
    facts: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()

    @property
    def columns(self) -> list[str]:
        """Every column that a row has, in order of appearance."""
        return list(dict.fromkeys(key for row in self.rows for key in row.figures))

    @property
    def compared(self) -> list[str]:
        """The columns for which the paper has figures."""
        return [column for column in self.columns if any(column in row.paper for row in self.rows)]

    def header(self) -> list[str]:
        """Headings: ours, then the paper's."""
        return ["", *self.columns, *(f"paper: {column}" for column in self.compared)]

    @property
    def remarks(self) -> list[str]:
        """The notes, and before them whose data the paper's figures are on."""
        same = self.paper_data.split(",")[0] in str(self.facts.get("data"))
        other = f"*paper*: the authors' own figures, on {self.paper_data}"
        other += "." if same else ": other data, other bodies."
        return [other, *self.notes] if self.compared else list(self.notes)

    def lines(self) -> list[list[str]]:
        """The rows as text under :meth:`header`."""
        return [
            [
                row.label,
                *(_text(row.figures.get(column)) for column in self.columns),
                *(_text(row.paper.get(column)) for column in self.compared),
            ]
            for row in self.rows
        ]

    def markdown(self) -> str:
        """The table for a README or a model card."""
        header = self.header()
        ruled = ["---", *("---:" for _ in header[1:])]
        body = "\n".join(f"| {' | '.join(line)} |" for line in [header, ruled, *self.lines()])
        facts = "\n".join(f"- {name}: {value}" for name, value in self.facts.items())
        notes = "".join(f"\n{note}\n" for note in self.remarks)
        after = f"After {self.source}.\n\n" if self.source else ""
        return f"# {self.title}\n\n{after}{body}\n{notes}\n{facts}\n"

    def csv(self) -> str:
        """The table with full precision; a row a line."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.header())
        for row in self.rows:
            figures = [row.figures.get(column, "") for column in self.columns]
            writer.writerow([row.label, *figures, *(row.paper.get(column, "") for column in self.compared)])
        return text.getvalue()

    def write(self, folder: Path) -> list[Path]:
        """``NAME.json``, ``NAME.csv`` and ``NAME.md`` in ``folder``, each whole or not at all."""
        texts = {
            "json": json.dumps(asdict(self), indent=2) + "\n",
            "csv": self.csv(),
            "md": self.markdown(),
        }
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for suffix, text in texts.items():
            path = folder / f"{self.name}.{suffix}"
            with atomic_path(path) as part:
                part.write_text(text, "utf-8")
            paths.append(path)
        return paths


def _text(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if abs(value) < 1 else f"{value:.1f}"
