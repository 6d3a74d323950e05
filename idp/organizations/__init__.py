"""Businesses and other organizations, as the business register knows them.

An organization has no password: a person acts for it under a mandate.
"""
