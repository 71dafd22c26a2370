"""`invoke FileProfile(…)`: what Defender knows of a file, which only a tenant can say; a stand-in brings it."""

from __future__ import annotations

from dataclasses import replace

from emulator.kql import names, syntax
from emulator.kql.binder import conversions, stand_ins
from emulator.kql.binder.rows import matching
from emulator.kql.binder.scope import Absent, Scope, Stream
from emulator.plan.expressions import Field
from emulator.plan.relations import Join, JoinKind
from emulator.types import Column, RowType, ScalarType

_T = ScalarType
_SEEN = (Column("DeviceId", _T.STRING), Column("SeenBy", _T.DYNAMIC))
_PROFILE = (
    Column("SHA1", _T.STRING),
    Column("SHA256", _T.STRING),
    Column("MD5", _T.STRING),
    Column("FileSize", _T.LONG),
    Column("GlobalPrevalence", _T.LONG),
    Column("GlobalFirstSeen", _T.DATETIME),
    Column("GlobalLastSeen", _T.DATETIME),
    Column("Signer", _T.STRING),
    Column("Issuer", _T.STRING),
    Column("SignerHash", _T.STRING),
    Column("IsCertificateValid", _T.BOOL),
    Column("IsRootSignerMicrosoft", _T.BOOL),
    Column("SignatureState", _T.STRING),
    Column("IsExecutable", _T.BOOL),
    Column("ThreatName", _T.STRING),
    Column("Publisher", _T.STRING),
    Column("SoftwareName", _T.STRING),
    Column("ProfileAvailability", _T.STRING),
)


_PROFILED = frozenset(column.name for column in _PROFILE)


def passed(stream: Stream, key: str, what: str, names: frozenset[str], node: syntax.Call, scope: Scope) -> Stream:
    """The rows as they are, of a function that nobody gave; a query that uses its columns needs the stand-in."""
    stand_ins.stand_empty(key, node.span, scope, what)
    return replace(stream, absent=(*stream.absent, Absent(key, what, names)))


def bind_seen_by(node: syntax.Call, stream: Stream, scope: Scope) -> Stream:
    """`invoke SeenBy()`: for each device the devices that saw it, `{"DeviceId", "SeenBy"}` in the stand-in `seenby`."""
    device = stream.find("DeviceId")
    if node.arguments or device is None:
        help = "write `invoke SeenBy()` behind rows with a column DeviceId"
        raise scope.context.fail(stand_ins.UNKNOWN_ROWS, "`SeenBy` is called wrongly", node.span, help)
    key, what = "seenby", "what `SeenBy` knows of devices"
    if key not in scope.context.given:
        return passed(stream, key, what, frozenset({"SeenBy"}), node, scope)
    known = stand_ins.given_rows(key, _SEEN, node.span, scope, what)
    name = names.unique("SeenBy", {column.name for column in stream.columns})
    relation = Join(
        stream.relation,
        known.relation,
        JoinKind.LEFT_OUTER,
        (conversions.text(Field(device.name, device.type, node.span)),),
        (Field("DeviceId", _T.STRING, node.span),),
        tuple((column.name, column.name) for column in stream.columns),
        (("SeenBy", name),),
        RowType((*stream.columns, Column(name, _T.DYNAMIC))),
        node.span,
    )
    return replace(stream, relation=relation)


def bind_file_profile(node: syntax.Call, stream: Stream, scope: Scope) -> Stream:
    """Join the profiles that were given, by the hash column named (SHA1 unless the call says otherwise)."""
    wanted: syntax.Expression = syntax.NameRef(node.span, "SHA1")
    if node.arguments:
        wanted = node.arguments[0].value
    if isinstance(wanted, syntax.Literal) and isinstance(wanted.value, str):
        wanted = syntax.NameRef(wanted.span, wanted.value)
    if not isinstance(wanted, syntax.NameRef):
        raise scope.context.fail(
            stand_ins.UNKNOWN_ROWS, "a column with hashes is expected", wanted.span, "write `FileProfile(SHA1)`"
        )
    found = matching(wanted, stream, scope)
    key, what = "fileprofile", "what `FileProfile` knows of files"
    if key not in scope.context.given:
        return passed(stream, key, what, _PROFILED, node, scope)
    known = stand_ins.given_rows(key, _PROFILE, node.span, scope, what)
    key = "SHA256" if found and "SHA256" in found[0].name.upper() else "SHA1"
    taken = {column.name for column in stream.columns}
    added: list[tuple[str, Column]] = []
    for column in known.columns:
        name = names.unique(column.name, taken)
        taken.add(name)
        added.append((column.name, Column(name, column.type)))
    return Stream(
        Join(
            stream.relation,
            known.relation,
            JoinKind.LEFT_OUTER,
            tuple(conversions.text(Field(column.name, column.type, wanted.span)) for column in found),
            (Field(key, _T.STRING, wanted.span),),
            tuple((column.name, column.name) for column in stream.columns),
            tuple((name, column.name) for name, column in added),
            RowType((*stream.columns, *(column for _, column in added))),
            node.span,
        ),
        stream.broken,
        stream.history,
    )
