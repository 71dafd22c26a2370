"""Pictures of measurements, drawn with matplotlib (extra `pictures`): static, and the same for the same figures."""
