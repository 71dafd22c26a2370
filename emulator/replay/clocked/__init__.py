"""Replay on the clock: rules run on a virtual clock as a product runs them, over events that arrive late or twice."""
