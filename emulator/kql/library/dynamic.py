"""Functions that read, write and look into dynamic values."""

from __future__ import annotations

from emulator.assumptions import assumption
from emulator.functions import Library, Meaning, Nulls
from emulator.kql.library.json_reading import follow, is_json, path_steps, read_json
from emulator.kql.library.naming import scalar
from emulator.kql.library.printing import dynamic_text, json_text
from emulator.kql.library.readers import reader
from emulator.types import Scalar, ScalarType

LIBRARY = Library("kql", "dynamic")
JSON_TEXTS_STAY = assumption(
    "json-texts-stay",
    "kql",
    "a string inside of JSON stays a string, also where it could be read as a datetime or a guid, of which the "
    "documentation says both",
)
_SMALLEST_INT, _LARGEST_INT = -(1 << 31), (1 << 31) - 1
_MOST_PATHS = 1 << 16


@scalar(
    LIBRARY,
    "parse_json parsejson todynamic toobject",
    "(value: dynamic) -> dynamic",
    doc="parse-json-function",
    examples='parse_json(dynamic({"a": 1})) => dynamic({"a": 1})   [docs]',
)
def as_it_is(value: object) -> object:
    """A dynamic stays what it is."""
    return value


@scalar(
    LIBRARY,
    "parse_json parsejson todynamic toobject",
    "(text: string) -> dynamic",
    doc="parse-json-function",
    assumes=(JSON_TEXTS_STAY.name,),
    examples="""
    parse_json('{"a": [1, 2.5, true, null]}') => dynamic({"a": [1, 2.5, true, null]})   [docs]
    parse_json('21') => dynamic(21)   [docs]
    parse_json("not json") => dynamic("not json")   [docs]
    parse_json("") => dynamic(null)   [docs]
    """,
)
def parse_json(text: str) -> object:
    """The value of a JSON text; the text itself when it is no JSON."""
    return read_json(text)


@LIBRARY.scalar(
    "dynamic_to_json(value: boxed) -> string",
    doc="dynamic-to-json-function",
    examples="""
    dynamic_to_json(dynamic({"b": 1, "a": [1, {"d": 1, "c": 2}]})) => '{"a":[1,{"c":2,"d":1}],"b":1}'   [docs]
    dynamic_to_json(1s) => "00:00:01"   [docs]
    """,
)
def dynamic_to_json(value: object) -> str:
    """JSON with the keys of bags in order; a plain value as `tostring` gives it."""
    return json_text(value, ordered=True) if isinstance(value, dict | list) else dynamic_text(value)


def _declare_gettype() -> None:
    """`gettype` of a value whose type is known when the query is bound, null or not."""
    for kind in ScalarType:
        if kind not in (ScalarType.DYNAMIC, ScalarType.TEXT, ScalarType.VALUE):
            LIBRARY.scalar(f"gettype(value: {kind.value}) -> string", nulls=Nulls.TOTAL, doc="gettype-function")(
                _constantly(kind.value)
            )


def _constantly(name: str) -> Meaning:
    return lambda _: name


_declare_gettype()


@LIBRARY.scalar(
    "gettype(value: dynamic) -> string",
    nulls=Nulls.TOTAL,
    doc="gettype-function",
    examples="""
    gettype("a") => "string"   [docs]
    gettype(111) => "long"   [docs]
    gettype(1s) => "timespan"   [docs]
    gettype(parse_json('1')) => "int"   [docs]
    gettype(parse_json('{"abc": 1}')) => "dictionary"   [docs]
    gettype(parse_json('[1, 2, 3]')) => "array"   [docs]
    gettype(parse_json('"abc"')) => "string"   [docs]
    gettype(parse_json('')) => "null"   [docs]
    gettype(dynamic([5000000000, 1.5, true])[0]) => "long"   [reasoned]
    gettype(pack_array(1s)[0]) => "timespan"   [reasoned]
    """,
)
def gettype(value: object) -> str:
    """The type of what a dynamic holds."""
    match value:
        case None:
            return "null"
        case bool():
            return "bool"
        case int():
            return "int" if _SMALLEST_INT <= value <= _LARGEST_INT else "long"
        case float():
            return "real"
        case Scalar(type=kind):
            return kind.value
        case list():
            return "array"
        case dict():
            return "dictionary"
        case _:
            return "string"


def _at_path(path: str, text: str) -> object:
    steps = path_steps(path)
    return None if steps is None or not is_json(text) else follow(read_json(text), steps)


def _special_path(path: str, text: object, *kind: ScalarType) -> Meaning | None:
    """Reads the path once: it is constant, so the text is what varies."""
    del text
    if not kind:
        return lambda varying: dynamic_text(_at_path(path, varying))
    return lambda varying: _typed(_at_path(path, varying), kind[0])


def _typed(value: object, kind: ScalarType) -> object:
    if kind is ScalarType.DYNAMIC:
        return value
    return reader(kind)(dynamic_text(value))


@scalar(
    LIBRARY,
    "extract_json extractjson",
    "(const path: string, text: string) -> string",
    doc="extract-json-function",
    specialise=_special_path,
    examples="""
    extract_json("$.name", '{"name": "John", "age": 30}') => "John"   [docs]
    extract_json("$['a b'][1].c", '{"a b": [0, {"c": [1]}]}') => "[1]"   [reasoned]
    extract_json("$.name.first", '{"name": "John"}') => ""   [reasoned]
    extract_json("name", '{"name": "John"}') => ""   [reasoned]
    extract_json("$.name", "no json") => ""   [reasoned]
    """,
)
def extract_json(path: str, text: str) -> str:
    """The text of what stands at a path of a JSON document."""
    return dynamic_text(_at_path(path, text))


@scalar(
    LIBRARY,
    "extract_json extractjson",
    "(const path: string, text: string, kind: type) -> type",
    doc="extract-json-function",
    specialise=_special_path,
    examples="""
    extract_json("$.age", '{"age": 30}', typeof(long)) => 30   [docs]
    extract_json("$.age", '{"age": "x"}', typeof(int)) => int(null)   [reasoned]
    extract_json("$.a", '{"a": [1]}', typeof(dynamic)) => dynamic([1])   [reasoned]
    """,
)
def extract_json_typed(path: str, text: str, kind: ScalarType) -> object:
    """The same, converted to a type."""
    return _typed(_at_path(path, text), kind)


@LIBRARY.scalar(
    "treepath(object: bag) -> dynamic",
    doc="treepath-function",
    examples="""
    treepath(parse_json('{"a":"b", "c":123}')) => dynamic(["['a']", "['c']"])   [docs]
    treepath(parse_json('{"l":[100,{"x":"y"}]}')) => dynamic(["['l']", "['l'][0]", "['l'][0]['x']"])   [docs]
    """,
)
def treepath(value: object) -> list[str] | None:
    """The paths of all parts of a bag; the items of an array share one path, `[0]`."""
    if not isinstance(value, dict):
        return None
    paths: dict[str, None] = {}
    pending: list[tuple[str, object]] = [("", value)]
    while pending and len(paths) < _MOST_PATHS:
        path, part = pending.pop()
        if path:
            paths[path] = None
        if isinstance(part, dict):
            pending.extend((f"{path}['{key}']", item) for key, item in reversed(part.items()))
        elif isinstance(part, list):
            pending.extend((f"{path}[0]", item) for item in reversed(part))
    return list(paths)
