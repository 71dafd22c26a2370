"""`ruleproof explain`: what a code or an assumption means."""

from __future__ import annotations

import click

from emulator.cli.repository import console, format_option, print_json


@click.command("explain", short_help="what a diagnostic code or an assumption means")
@click.argument("name", required=False)
@format_option("text", "json")
def command(name: str | None, form: str) -> None:
    """Explain the code (such as KQL2001) or the assumption called NAME; without a name, list all of them."""
    from emulator.diagnostics import did_you_mean
    from emulator.reports.reference import all_assumptions, all_codes

    codes, assumptions = all_codes(), all_assumptions()
    if name is None:
        _list(form)
        return
    found = codes.get(name.upper())
    if found is not None:
        if form == "json":
            print_json({"code": found.id, "title": found.title, "page": found.page})
        else:
            _print_page(f"{found.id}: {found.title}", found.page)
        return
    assumption = assumptions.get(name)
    if assumption is None:
        help = did_you_mean(name, [*codes, *assumptions], "`ruleproof explain` lists all codes and assumptions")
        raise click.UsageError(f"there is no code or assumption `{name}`: {help}")
    if form == "json":
        print_json({"assumption": assumption.name, "reason": assumption.reason, "opt_in": assumption.opt_in})
    else:
        opt_in = "\n\nIt holds only where a rule lists it under its key `assumptions`." if assumption.opt_in else ""
        _print_page(f"assumption {assumption.name}", assumption.reason + "." + opt_in)


def _print_page(title: str, page: str) -> None:
    from rich.markdown import Markdown

    from emulator.reports.lines import put, put_trimmed

    out = console()
    put(out, title, "bold")
    out.print()
    put_trimmed(out, Markdown(page))


def _list(form: str) -> None:
    from emulator.reports.reference import all_assumptions, all_codes

    codes, assumptions = all_codes(), all_assumptions()
    if form == "json":
        listed = [{"code": one.id, "title": one.title} for one in codes.values()]
        print_json({"codes": listed, "assumptions": {one.name: one.reason for one in assumptions.values()}})
        return
    from emulator.reports.lines import put

    out = console()
    put(out, "Codes", "bold")
    for one in codes.values():
        put(out, f"{one.id}  {one.title}", indent=2)
    out.print()
    put(out, "Assumptions", "bold")
    for assumption in assumptions.values():
        marks = ", opt-in" if assumption.opt_in else ""
        put(out, f"{assumption.name} ({assumption.language}{marks}): {assumption.reason}", indent=2)
