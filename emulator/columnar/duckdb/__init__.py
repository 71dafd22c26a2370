"""Plans run on DuckDB, on this machine."""
