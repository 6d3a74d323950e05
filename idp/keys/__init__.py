"""Signing keys of the provider: what is published, what signs, what is at rest.

Private keys are encrypted under a key that is not in the database. No token is built here.
"""
