"""Plans over files: a columnar engine finds the rows that may matter, the interpreter says what they mean."""
