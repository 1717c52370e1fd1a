"""Whether evidence can be given a weight, and which one it then has. No Qt."""

from __future__ import annotations

from app.documents.document import Document, Task


def why_not_guide(document: Document, task: Task | None = None) -> str | None:
    """Why guidance changes nothing in ``task``, or in the document's; in a clause, None where it does."""
    if document.optimises:
        return "ZeDO tells its network nothing"
    if (task or document.task) not in ("lift", "complete"):
        return "there is no evidence to weigh"
    if document.evidence == "imputation":
        return "imputation tells the network nothing"
    return None


def weight_of(document: Document, task: Task | None = None) -> float:
    """The weight of the evidence; 1, the network's own, where there is nothing to weigh."""
    return document.guidance if why_not_guide(document, task) is None else 1.0
