"""Errors with a code, a message and fields."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple


class BertError(Exception):
    """An error of the library.

    ``str(error)`` states what is wrong, where, and how to fix it. ``code`` identifies the kind of failure, for example
    ``"tooManyTokens"``.
    """

    def __init__(self, message: str, code: str = "invalidArgument", **fields: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.fields: Dict[str, Any] = fields

    @property
    def record(self) -> Optional[int]:
        """The index of the text that failed."""
        return self.fields.get("record")

    @property
    def file(self) -> Optional[str]:
        """The file that is invalid or missing."""
        return self.fields.get("file")

    @property
    def key(self) -> Optional[str]:
        """The name of the argument or option, or the key in the file."""
        return self.fields.get("key")

    @property
    def value(self) -> Any:
        """The invalid value."""
        return self.fields.get("value")

    @property
    def limit(self) -> Any:
        """The limit that the value exceeds."""
        return self.fields.get("limit")

    def __reduce__(self) -> Tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.code, self.fields)


class FingerprintMismatch(BertError):
    """The model does not have the expected fingerprint. ``differences`` lists the known differences."""

    @property
    def differences(self) -> List[str]:
        found: List[str] = self.fields.get("differences", [])
        return found


def _rebuild(kind: type, message: str, code: str, fields: Dict[str, Any]) -> BertError:
    error: BertError = kind(message, code, **fields)
    return error


def at_record(error: BertError, record: int) -> BertError:
    """Changes the index of the text in an error, also in its message."""
    if error.record is not None:
        error.message = error.message.replace(f"text {error.record}", f"text {record}", 1)
        error.args = (error.message,)
        error.fields["record"] = record
    return error


def from_json(known: Dict[str, Any], first_record: int = 0) -> BertError:
    """Returns the error of a native call, whose texts begin at ``first_record``."""
    fields = dict(known)
    message, code = fields.pop("message", ""), fields.pop("code", "invalidArgument")
    # The library names the options of the program and of Swift.
    message = message.replace("--auto-truncate, or truncation: .longestFirst", "auto_truncate=True")
    error = (FingerprintMismatch if code == "fingerprintMismatch" else BertError)(message, code, **fields)
    return error if error.record is None else at_record(error, error.record + first_record)
