"""ruleproof: run detection rules written in KQL and LogScale CQL, unmodified, and test them."""
