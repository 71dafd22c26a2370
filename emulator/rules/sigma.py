"""Sigma rules read and converted with pySigma, which the extra `sigma` installs."""

from __future__ import annotations

import importlib
import re
from types import ModuleType
from typing import Any

from emulator.diagnostics import Code, Diagnostic, QueryError, code
from emulator.regular import regular
from emulator.rules.document import parse_document
from emulator.rules.files import shown
from emulator.rules.kinds import RULE_FILE
from emulator.rules.names import Language
from emulator.source import NOWHERE, Source, Span

NOT_INSTALLED = code(
    "RUL1301",
    "Sigma rules need an extra",
    "Sigma rules are read and converted with pySigma and its backends for Kusto and CrowdStrike, which are not part "
    "of a plain installation: `pip install 'ruleproof[sigma]'`.",
)
NOT_SIGMA = code(
    "RUL1302",
    "a file is no Sigma rule",
    "pySigma does not accept the document: the message is its own. A file holds one rule; correlations and filters "
    "are none.",
)
NOT_CONVERTED = code(
    "RUL1303",
    "a Sigma rule can't be converted",
    "The backend refuses the rule: the message is its own. Often the sensor does not record a field that the rule "
    "asks for.",
)

_BACKENDS = {Language.KQL: ("kusto", "KustoBackend"), Language.CQL: ("crowdstrike", "LogScaleBackend")}
_PIPELINES = {
    Language.KQL: ("microsoftxdr", "microsoft_xdr_pipeline"),
    Language.CQL: ("crowdstrike", "crowdstrike_falcon_pipeline"),
}
_SLASH = regular(r"\\.|/", re.DOTALL)
"""What is escaped, or a slash: the backend lets one end the pattern, and escapes what is a quote already escaped."""
_CALLED = {Language.KQL: "KQL", Language.CQL: "CQL"}


def read_sigma(source: Source) -> Any:
    """The `SigmaRule` of a file's text. Raises QueryError when it is none, or the extra is not installed."""
    parse_document(source, RULE_FILE)  # pySigma would expand aliases and take the last of equal keys.
    rules = _module("sigma.rule", source)
    try:
        rule = rules.SigmaRule.from_yaml(source.text)
        for condition in rule.detection.parsed_condition:
            _ = condition.parsed
    except Exception as error:  # noqa: BLE001 - strangers' rules also find what pySigma did not expect
        raise _refused(NOT_SIGMA, error, source, "mend the rule; sigmahq.io describes the format") from None
    return rule


def convert(source: Source, language: Language) -> Source:
    """The query that the language's backend makes of a Sigma rule, named after the rule's file.

    Defender's tables for KQL, NG-SIEM's events for CQL. Raises QueryError when the rule can't be read or converted.
    """
    rule = read_sigma(source)
    module, name = _BACKENDS[language]
    backend = getattr(_module(f"sigma.backends.{module}", source), name)
    made = backend(_pipeline(source, language))
    if language is Language.CQL:
        made.re_escape = ()
        written = made.convert_value_re
        made.convert_value_re = lambda value, state: _SLASH.sub(_escaped, written(value, state))
    try:
        queries = made.convert(_module("sigma.collection", source).SigmaCollection([rule]))
    except Exception as error:  # noqa: BLE001 - likewise, for backends
        raise _refused(NOT_CONVERTED, error, source, "drop or replace what the sensor lacks") from None
    # A pipeline may end in a step that joins the queries itself.
    text = queries if isinstance(queries, str) else "\n".join(map(str, queries))
    return Source(f"{source.name} as {_CALLED[language]}", text)


def _escaped(found: re.Match[str]) -> str:
    return r"\/" if found[0] == "/" else found[0]


def piped(source: Source, language: Language) -> Any:
    """The `SigmaRule` as the language's pipeline leaves it to the backend. Raises QueryError as `convert` does."""
    rule, pipeline = read_sigma(source), _pipeline(source, language)
    try:
        pipeline.apply(rule)
    except Exception as error:  # noqa: BLE001 - likewise, for pipelines
        raise _refused(NOT_CONVERTED, error, source, "drop or replace what the sensor lacks") from None
    return rule


def _pipeline(source: Source, language: Language) -> Any:
    module, name = _PIPELINES[language]
    return getattr(_module(f"sigma.pipelines.{module}", source), name)()


def _module(name: str, source: Source) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError:
        message, help = "pySigma or one of its backends is not installed", "pip install 'ruleproof[sigma]'"
        raise QueryError([Diagnostic(NOT_INSTALLED, message, NOWHERE, help, Source(source.name, ""))]) from None


def _refused(what: Code, error: Exception, source: Source, help: str) -> QueryError:
    """What pySigma says, at the start of the rule: it tells no places."""
    own = type(error).__module__.startswith("sigma.") or isinstance(error, NotImplementedError)
    message = shown(" ".join(str(error).split()), 300) if own else f"pySigma stops: {type(error).__name__}"
    end = source.text.find("\n")
    return QueryError([Diagnostic(what, message, Span(0, max(end, 0)), help, source)])
