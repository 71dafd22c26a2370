"""Catalogues of tables and events, as data files."""
