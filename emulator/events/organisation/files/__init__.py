"""An organisation as files: its events in columns, as sensors record them."""
