"""Functions shared by the engine adapters."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from ._embedder import SentenceEmbedder, shared
from ._errors import BertError

#: Backends whose results don't depend on the batch.
_INVARIANT = ("simd", "reference")


def check_backend(backend: Optional[str]) -> str:
    """Rejects backends whose results depend on how an engine forms batches."""
    name = "simd" if backend is None else str(backend).strip().lower()
    if name not in _INVARIANT:
        raise BertError(
            f"the results of the backend {name} depend on the batches that the engine forms; "
            f"use {' or '.join(_INVARIANT)}", "unsupported", key="backend", value=name,
        )
    return name


def check_on_error(on_error: str) -> str:
    if on_error not in ("fail", "emit"):
        raise BertError(f"on_error must be fail or emit, not {on_error!r}", key="on_error", value=on_error)
    return on_error


def check_columns(columns: List[str], text: str, added: List[str]) -> None:
    """Rejects a column of texts that doesn't exist, and new columns that do."""
    if columns.count(text) != 1:
        problem = "are several columns" if text in columns else "is no column"
        raise BertError(f"there {problem} {text}; the columns are {', '.join(columns)}", key="text", value=text)
    for index, name in enumerate(added):
        if name in columns or name in added[:index]:
            raise BertError(f"the column {name} already exists; choose another output", key="output", value=name)


def open_shared(model: str, options: Dict[str, Any]) -> SentenceEmbedder:
    """Returns the embedder of this process for an engine."""
    embedder = shared(model, **options)
    if not embedder.batch_invariant:
        raise BertError(
            f"the results of the backend {embedder.backend} depend on the batch on this machine", "unsupported",
            key="backend", value=embedder.backend,
        )
    return embedder


def call_options(on_error: str) -> Dict[str, Any]:
    return {"on_error": "emit"} if on_error == "emit" else {}


def open_options(
    backend: Optional[str], precision: Optional[str], auto_truncate: bool, prompt: Optional[str], expect: Any
) -> Dict[str, Any]:
    return {
        "backend": check_backend(backend), "precision": precision, "auto_truncate": auto_truncate, "prompt": prompt,
        "expect": expect,
    }

