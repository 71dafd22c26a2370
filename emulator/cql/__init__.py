"""CrowdStrike Query Language (LogScale): text to plan."""
