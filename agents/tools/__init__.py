"""Typed calls to the workshop: what a model may ask for, and what is done about it."""
