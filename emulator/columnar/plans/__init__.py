"""Relations of a plan as SQL: scans, steps, sorts, groups, joins, unions, and what is left to the interpreter."""
