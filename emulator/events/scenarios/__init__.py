"""Scenarios: activities described once, with parameters, rendered as the events of each sensor."""
