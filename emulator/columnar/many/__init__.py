"""Many rules in one pass: each column of a table is searched once for what all of them look for."""
