"""How well typed letters fit a name: all of them in order, rather together and at the beginnings of words."""

from __future__ import annotations

from functools import lru_cache


def fit(typed: str, text: str) -> float | None:
    """A score, the higher the better; None where not all letters occur in order.

    Every word typed is looked for by itself, so that words fit in any order. A letter counts 1, more where it
    follows the one before (3) or begins a word (2); a shorter ``text`` wins among equals.
    """
    total = 0.0
    for word in typed.lower().split():
        best = _best(word, text.lower(), 0, False)
        if best is None:
            return None
        total += best
    return total - 0.01 * len(text)


@lru_cache(maxsize=4096)
def _best(word: str, text: str, start: int, together: bool) -> float | None:
    """The best of all ways to find ``word`` in ``text`` from ``start`` on, right behind a letter or not."""
    if not word:
        return 0.0
    best = None
    at = text.find(word[0], start)
    while at >= 0:
        rest = _best(word[1:], text, at + 1, True)
        if rest is not None:
            begins = at == 0 or not text[at - 1].isalnum()
            score = 1.0 + (3.0 if together and at == start else 0.0) + (2.0 if begins else 0.0) + rest
            best = score if best is None else max(best, score)
        at = text.find(word[0], at + 1)
    return best
