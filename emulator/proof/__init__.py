"""Proof: what shows that a rule does what it should, or why it does not."""
