"""Scrubbing: events of a real network with every identity replaced, so that they may be shared and kept."""
