"""KQL: Microsoft's Kusto Query Language, from text to plan."""
