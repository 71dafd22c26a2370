"""How long KQL's lexer and parser take for many queries, in one process.

    python benchmarks/parsing.py [queries.jsonl] [--most 1000]

The file has a JSON object a line, the query under the key `query`; without one, the queries of the project's own cases
are read over and over. Prints the processor's time, which a busy machine does not distort.
"""

from __future__ import annotations

import argparse
import json
import time
from itertools import cycle, islice
from pathlib import Path

from fuzz_texts import real_queries

from emulator.diagnostics import QueryError
from emulator.kql.parser import parse
from emulator.source import Source


def main() -> None:
    """Parse the queries and print the time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("queries", type=Path, nargs="?")
    parser.add_argument("--most", type=int, default=1000)
    options = parser.parse_args()
    if options.queries is None:
        texts = list(islice(cycle(real_queries("kql")), options.most))
    else:
        lines = options.queries.read_text("utf-8").splitlines()[: options.most]
        texts = [json.loads(line)["query"] for line in lines]
    refused, start = 0, time.process_time()
    for text in texts:
        try:
            parse(Source("query", text))
        except QueryError:
            refused += 1
    seconds = time.process_time() - start
    size = sum(map(len, texts)) / 1024
    print(f"{len(texts)} queries, {size:,.0f} KiB, {refused} refused: {seconds:.2f} s of the processor")


if __name__ == "__main__":
    main()
