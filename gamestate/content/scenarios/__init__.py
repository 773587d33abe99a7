"""Scenarios as data: graphs of nodes with texts, choices, conditions and effects."""
