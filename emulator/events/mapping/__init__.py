"""Recorded events as another sensor would have recorded them, by mapping files."""
