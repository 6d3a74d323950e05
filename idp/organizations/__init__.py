"""Businesses and other organizations, and the people who may act for them.

An organization has no password: a person acts for it under a representation.
"""
