"""The typed plan: what a query means, in one algebra for both languages. Engines see nothing else."""
