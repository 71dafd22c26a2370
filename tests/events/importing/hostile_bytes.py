"""Files that strangers may hand over, made in memory."""

import bz2
import gzip
import io
import json
import random
import tarfile
import zipfile
from collections.abc import Callable

import pyarrow as pa

from tests.events.importing.binary_logs import HEADER, as_xml, chunk, log, process_started

ONE = b'{"ts": 1, "a": "x"}\n'
TWO = ONE + b'{"ts": 2, "a": "y"}\n'
XML = as_xml(process_started("whoami")).encode()
PRINTED = b"05/01/2024 10:20:30 AM\nLogName=Security\nEventCode=4624\nMessage="
MEBIBYTE = 1 << 20
NOISE = [random.Random(number).randbytes(30_000).hex().encode() for number in range(40)]  # noqa: S311 - no secret
HALF = ('{"ts": 1}', '{"ts": "\ud800"}', '{"ts": 2}')
LONG_VALUES = b",".join(b'"%d": "%s"' % (number, b"x" * 9000) for number in range(9))
HEADING = ",".join(f"c{number}" for number in range(9000)).encode()


def zipped(*members: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return made.getvalue()


def taped(*members: tuple[str, bytes, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, kind, data in members:
            info = tarfile.TarInfo(name)
            info.type, info.size, info.linkname = kind, len(data), "/etc/passwd"
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


def zip_link() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        info = zipfile.ZipInfo("link.json")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return made.getvalue()


def encrypted_zip() -> bytes:
    data = bytearray(zipped(("a.json", TWO)))
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def misplaced_zip() -> bytes:
    data = bytearray(zipped(("a.json", TWO)))
    data[data.rindex(b"PK\x01\x02") + 42] = 3
    return bytes(data)


def zip_of_later() -> bytes:
    data = bytearray(zipped(("a.json", TWO)))
    data[data.rindex(b"PK\x01\x02") + 6] = 99
    return bytes(data)


def damaged_zip() -> bytes:
    data = bytearray(zipped(("a.json", TWO)))
    data[45] ^= 0xFF
    return bytes(data)


def damaged_tar() -> bytes:
    data = bytearray(taped(("a.json", tarfile.REGTYPE, TWO), ("b.json", tarfile.REGTYPE, TWO)))
    data[1024 + 150] ^= 0x01
    return bytes(data)


def tar_of_huge_header() -> bytes:
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 1 << 30
    return info.tobuf(tarfile.GNU_FORMAT) + taped(("a.json", tarfile.REGTYPE, TWO))


def many_layers() -> bytes:
    data = TWO
    for _ in range(5):
        data = gzip.compress(data)
    return data


def log_of_damaged_record() -> bytes:
    good = chunk(process_started("whoami"), process_started("whoami"))
    at = good.rindex(b"\x2a\x2a\0\0")
    return log(good[: at + 4] + b"\0\0\0\0" + good[at + 8 :])


def log_of_damaged_chunk() -> bytes:
    good = chunk(process_started("whoami"))
    return log(good, (good[:40] + b"\xff" * 308).ljust(1 << 16, b"\xff"))


def lines_of_tables(count: int) -> bytes:
    return zipped(*((f"t{number}.json", ONE) for number in range(count)))


def wide(count: int, before: str = "c") -> bytes:
    return json.dumps({"ts": 1} | {f"{before}{number}": 1 for number in range(count)}).encode() + b"\n"


def rows(*texts: str) -> bytes:
    return "".join(f"{text}\n" for text in texts).encode()


MAKE: dict[str, Callable[[], bytes]] = {
    "cut_gzip": lambda: gzip.compress(TWO)[:-9],
    "gzip_and_more": lambda: gzip.compress(TWO) + b"\n\nmore",
    "gzip_and_half": lambda: gzip.compress(TWO) + b"\x1f",
    "gzip_of_other_sum": lambda: gzip.compress(TWO)[:-8] + b"\0" * 8,
    "padded_gzip": lambda: gzip.compress(TWO) + b"\n\0",
    "two_gzips": lambda: gzip.compress(ONE) + b"\0" + gzip.compress(ONE),
    "cut_bzip2": lambda: bz2.compress(TWO)[:-9],
    "cut_zstd": lambda: bytes(pa.compress(TWO * 99, "zstd", asbytes=True))[:-3],
    "cut_zip": lambda: zipped(("a.json", TWO))[:-30],
    "damaged_zip": damaged_zip,
    "zip_of_later": zip_of_later,
    "misplaced_zip": misplaced_zip,
    "cut_tar": lambda: taped(("a.json", tarfile.REGTYPE, TWO * 99))[:1500],
    "damaged_tar": damaged_tar,
    "tar_of_huge_header": tar_of_huge_header,
    "gzip_bomb": lambda: gzip.compress(ONE + b" " * (5 * MEBIBYTE)),
    "bomb_of_events": lambda: gzip.compress(ONE * 30_000),
    "huge": lambda: gzip.compress(b"".join(b'{"ts": "%s"}\n' % text for text in NOISE)),
    "zip_bomb": lambda: zipped(("a.json", ONE), ("b.json", ONE + b" " * (5 * MEBIBYTE))),
    "nested_bomb": lambda: zipped(("a.json.gz", gzip.compress(gzip.compress(ONE + b" " * (5 * MEBIBYTE))))),
    "zip_above": lambda: zipped(("../../a.json", TWO)),
    "zip_above_on_windows": lambda: zipped(("a\\..\\..\\a.json", TWO)),
    "zip_absolute": lambda: zipped(("/etc/a.json", TWO)),
    "zip_drive": lambda: zipped(("C:a.json", TWO)),
    "tar_above": lambda: taped(("../a.json", tarfile.REGTYPE, TWO)),
    "zip_link": zip_link,
    "tar_link": lambda: gzip.compress(taped(("d", tarfile.DIRTYPE, b""), ("a.json", tarfile.SYMTYPE, b""))),
    "tar_hard_link": lambda: taped(("a.json", tarfile.LNKTYPE, b"")),
    "tar_device": lambda: taped(("a.json", tarfile.CHRTYPE, b"")),
    "encrypted_zip": encrypted_zip,
    "zip_in_zip": lambda: zipped(("b.zip", zipped(("a.json", TWO)))),
    "many_layers": many_layers,
    "many_members": lambda: lines_of_tables(60),
    "many_tables": lambda: lines_of_tables(30),
    "archive_of_words": lambda: zipped(("README", b"words"), ("LICENSE", b"words"), ("a", b"w"), ("\x1b[31m", b"w")),
    "empty_zip": zipped,
    "nothing": lambda: b"",
    "program": lambda: b"MZ\x90\0\x03" + bytes(range(256)),
    "two_events": lambda: TWO,
    "cut_utf16": lambda: TWO.decode().encode("utf-16")[:-21],
    "utf16_half": lambda: "\ufeff{}\n{}\n{}\n".format(*HALF).encode("utf-16-le", "surrogatepass"),
    "utf32": lambda: TWO.decode().encode("utf-32"),
    "unmarked_utf16": lambda: TWO.decode().encode("utf-16-le"),
    "latin1": lambda: ONE + '{"ts": "é"}\n'.encode("latin-1") + ONE,
    "latin1_csv": lambda: b"ts,a\n1,2\n1,\xe9\n",
    "latin1_xml": lambda: XML + XML.replace(b"whoami", b"\xe9"),
    "latin1_printed": lambda: PRINTED + b"\xe9\n" + PRINTED + b"x\n",
    "half_character": lambda: ONE + b'{"ts": "\\ud800"}\n',
    "nul": lambda: ONE + b'{"ts": "\0"}\n' + ONE,
    "long_line": lambda: ONE + b'{"ts": "' + b"x" * MEBIBYTE + b'"}\n' + ONE,
    "long_last_line": lambda: TWO + b'{"ts": "' + b"x" * MEBIBYTE,
    "line_just_too_long": lambda: ONE + b'{"ts": "' + b"x" * 65_530 + b'"}\n' + ONE,
    "long_element": lambda: b'[{"ts": 1}, {"ts": "' + b"x" * MEBIBYTE + b'"}, {"ts": 2}]',
    "long_document": lambda: b'{\n"ts": 1}\n{"ts": 2,\n' + LONG_VALUES + b"}",
    "long_xml": lambda: XML + XML.replace(b"whoami", b"x" * MEBIBYTE).removesuffix(b"</Event>"),
    "xml_just_too_long": lambda: XML + XML.replace(b"whoami", b"x" * MEBIBYTE) + XML,
    "long_printed": lambda: PRINTED + b"x\n" + PRINTED + b"x\n" * 50_000,
    "open_quote": lambda: b'ts,a\n1,2\n1,"2\n3,4\n',
    "open_quote_of_many_lines": lambda: b'ts,a\n1,2\n1,"2\n' + b"3,4\n" * 20_000,
    "deep_json": lambda: ONE + b'{"ts": ' + b"[" * 300 + b"]" * 300 + b"}\n" + b'{"ts":' * 5000 + b"\n" + ONE,
    "deep_xml": lambda: XML + XML.replace(b"whoami", b"<a>" * 300 + b"</a>" * 300),
    "wide_heading": lambda: b"ts," * 10_000_000 + b"a\n" + b"1," * 10_000_000 + b"1\n",
    "less_wide_heading": lambda: HEADING + b"\n" + b"1," * 8999 + b"1\n",
    "repeated_heading": lambda: b"ts,a,a\n1,2,3\n",
    "latin1_heading": lambda: b"ts,\xe9\n1,2\n",
    "wide_line": lambda: ONE + wide(2500) + ONE,
    "wide_list": lambda: ONE + b'{"ts": [' + b"1," * 2500 + b"1]}\n" + ONE,
    "wide_together": lambda: ONE + wide(1500) + wide(1500, "d") + ONE,
    "wide_xml": lambda: XML + XML.replace(b"whoami", b"<a/>" * 2500),
    "laughs": lambda: b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + XML.replace(b"whoami", b"&b;") + XML,
    "inner_laughs": lambda: XML + XML.replace(b"<System>", b'<!DOCTYPE x [<!ENTITY a "a">]><System>'),
    "times": lambda: rows(*(f'{{"#t": "1", "@timestamp": {time}}}' for time in (1, -1, 10**14, -(10**17), '"1e5"', 2))),
    "table_times": lambda: rows(
        *(
            f'{{"Timestamp": "{time}", "DeviceId": "d", "InitiatingProcessSHA1": "x", "ProcessCommandLine": "x"}}'
            for time in ("2024-05-01T10:00:00Z", "1601-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "never")
        )
    ),
    "cut_array": lambda: b'[{"ts": 1}, {"ts": 2}, {"ts": ',
    "odd_array": lambda: b'[{"ts": 1}, }, :, {"ts": 2}] 7',
    "endless_text": lambda: bz2.compress(b'[{"ts": 1}, {"ts": "' + b"x" * (5 * MEBIBYTE)),
    "backslashes": lambda: b'[\n{"ts": "",\n"a": "' + b'"}, {"ts": "'.join(b"\\" * 60_000 for _ in range(9)) + b'"}]',
    "unended_xml": lambda: XML + XML.removesuffix(b"</Event>") + XML,
    "unended_last_xml": lambda: XML + XML.removesuffix(b"</Event>"),
    "long_number": lambda: b'[{"ts": 1}, ' + b"1" * 600_000 + b', {"ts": 2}]',
    "deep_array": lambda: b'[{"ts": 1}, {"a": ' + b"[" * 300 + b"]" * 300 + b"}]",
    "bad_value": lambda: b'{\n"ts": 1, "a": [01]}{"ts": 2}',
    "long_value": lambda: b'{\n"ts": 1}{"ts": 2, "a": "' + b"x" * MEBIBYTE + b'"}',
    "odd_tables": lambda: b'{"tables": [1, {"rows": []}, "x"]}\n{"ts": 1}',
    "cut_document": lambda: b'{\n"ts": 1}{"ts": 2',
    "odd_document": lambda: b'{\n"ts": 1}{"ts" 2}{3: 4}',
    "rows_first": lambda: b'{"tables": [{"rows": [[1]]}]}{"ts": 1}',
    "cut_log_header": lambda: log(chunk(process_started("x")))[:4000],
    "cut_log": lambda: log(chunk(process_started("x")))[: HEADER + 9000],
    "log_of_no_chunk": lambda: log(b"\x01" * (1 << 16), chunk(process_started("x"))),
    "log_with_space": lambda: log(chunk(process_started("x"))) + b"\x01" * (1 << 16),
    "log_of_damaged_record": log_of_damaged_record,
    "log_of_damaged_chunk": log_of_damaged_chunk,
    "log_of_no_header": lambda: log(chunk(process_started("x")))[:8].ljust(HEADER, b"\0") + chunk(process_started("x")),
    "zipped_log": lambda: zipped(("a/b.evtx", log(chunk(process_started("x"), process_started("y"))))),
}
