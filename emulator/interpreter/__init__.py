"""The meaning of a plan: rows in, rows out, in plain Python. Every other engine has to agree with it."""
