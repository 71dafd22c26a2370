"""A synthetic organisation beside recordings: where its events are distributed like theirs, and where they are not."""
