"""Signing keys of the provider: when each is published, signs, retires and leaves.

Private keys are encrypted under a key that is not in the database. No token is built here.
"""
