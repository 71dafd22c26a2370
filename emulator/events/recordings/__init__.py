"""Recordings: what manifests name, where files of them are, their events, and what other sensors would have seen."""
