"""Thin rooms around the conversation: their events in, their own shape of a Message out."""
