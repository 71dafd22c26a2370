"""The operators by family; importing a family registers what it parses."""
