"""`ruleproof functions`: what is supported, on which evidence, and what is a gap."""

from __future__ import annotations

import importlib

import click

from emulator.cli.repository import console, format_option, print_json


@click.command("functions", short_help="what is supported, on which evidence, and what is a gap")
@click.argument("names", nargs=-1)
@click.option("--language", "-l", type=click.Choice(["kql", "cql"]), help="Both unless given.")
@click.option("--gaps", is_flag=True, help="Only what the emulator refuses.")
@format_option("table", "json", "markdown")
def command(names: tuple[str, ...], language: str | None, gaps: bool, form: str) -> None:
    """List the functions of the products, or those called NAMES: supported and on which evidence, or a gap and why."""
    languages = [language] if language else ["kql", "cql"]
    listed = [one for each in languages for one in importlib.import_module(f"emulator.{each}.support").functions()]
    wanted = {name.lower() for name in names}
    if wanted:
        listed = [one for one in listed if one.name.lower() in wanted]
        if not listed:
            raise click.UsageError(f"the products have no function called {' or '.join(names)}")
    if gaps:
        listed = [one for one in listed if one.is_gap]
    if form == "json":
        print_json([one.to_json() for one in listed])
    elif form == "markdown":
        from emulator.reports.function_list import functions_page

        click.echo(functions_page(listed), nl=False)
    else:
        from emulator.reports.function_list import print_functions

        print_functions(console(), listed)
