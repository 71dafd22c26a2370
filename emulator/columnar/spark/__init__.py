"""The engine `spark`: a cluster finds the rows that may matter, the interpreter says what they mean."""
