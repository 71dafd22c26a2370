"""Replay over corpora of parts: recordings, each file on its own, and synthetic organisations."""
