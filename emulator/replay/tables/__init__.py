"""Replay over corpora of tables, which are never held in memory."""
