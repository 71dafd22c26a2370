"""Events: what happens on hosts, how sensors record it, and recordings mapped to other sensors."""
