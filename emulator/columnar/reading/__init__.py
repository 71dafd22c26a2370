"""Files of events as Parquet, from which queries read what they would read from the files themselves."""
