"""The clock. So far the calendar alone: which terms a school year has and which of their months count."""
