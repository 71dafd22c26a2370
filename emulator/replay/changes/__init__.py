"""What a change changes: two versions of rules over the same events, alert by alert."""
