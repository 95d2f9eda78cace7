"""Errors: a code for programs, a message for people, and what else is known."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple


class BertError(Exception):
    """What went wrong.

    ``str(error)`` says what is wrong, where, and how to fix it. ``code`` is the kind of failure, as ``"tooManyTokens"``;
    ``record`` the index of the text that failed; ``value`` what was refused and ``limit`` its bound.
    """

    def __init__(self, message: str, code: str = "invalidArgument", **fields: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.fields: Dict[str, Any] = fields

    @property
    def record(self) -> Optional[int]:
        """The index of the text that failed, among those that were passed in."""
        return self.fields.get("record")

    @property
    def file(self) -> Optional[str]:
        """The file that is bad or missing."""
        return self.fields.get("file")

    @property
    def key(self) -> Optional[str]:
        """The argument, the option, or the key in the file."""
        return self.fields.get("key")

    @property
    def value(self) -> Any:
        """What was refused."""
        return self.fields.get("value")

    @property
    def limit(self) -> Any:
        """The bound that the value violates."""
        return self.fields.get("limit")

    def __reduce__(self) -> Tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.code, self.fields)


class FingerprintMismatch(BertError):
    """The embedder is not the expected one; ``differences`` names what differs, as far as it is known."""

    @property
    def differences(self) -> List[str]:
        found: List[str] = self.fields.get("differences", [])
        return found


def _rebuild(kind: type, message: str, code: str, fields: Dict[str, Any]) -> BertError:
    error: BertError = kind(message, code, **fields)
    return error


def from_json(known: Dict[str, Any], first_record: int = 0) -> BertError:
    """The error of the native library; its record counts from the first text of the native call."""
    fields = dict(known)
    message, code = fields.pop("message", ""), fields.pop("code", "invalidArgument")
    record = fields.get("record")
    if record is not None:
        fields["record"] = record + first_record
        message = message.replace(f"text {record}", f"text {record + first_record}", 1)
    return (FingerprintMismatch if code == "fingerprintMismatch" else BertError)(message, code, **fields)
