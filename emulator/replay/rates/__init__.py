"""What measurements come to: rates and shares with their intervals, budgets, and the quality of alerts."""
