"""Events that other tools wrote, brought into typed Parquet: archives, logs and exports, each told by its content."""
