"""Expressions of a plan as SQL: values, conditions, and conditions that a row must at least meet."""
