"""What makes a value of a type out of a text: the conversions by type."""

from __future__ import annotations

from collections.abc import Callable

from emulator.kql.library import conversion
from emulator.kql.library.json_reading import read_json
from emulator.kql.parser.instants import parse_datetime
from emulator.types import ScalarType

_T = ScalarType
_READERS: dict[ScalarType, Callable[[str], object]] = {
    _T.STRING: str,
    _T.BOOL: conversion.bool_of_text,
    _T.INT: conversion.int_of_text,
    _T.LONG: conversion.long_of_text,
    _T.REAL: conversion.real_of_text,
    _T.DECIMAL: conversion.decimal_of_text,
    _T.DATETIME: parse_datetime,
    _T.TIMESPAN: conversion.timespan_of_text,
    _T.GUID: conversion.guid_of_text,
    _T.DYNAMIC: read_json,
}


def reader(kind: ScalarType) -> Callable[[str], object]:
    """What reads a text as a value of a type; a text that spells none is null."""
    return _READERS[kind]
