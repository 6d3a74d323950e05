"""Getting an account back whose second step or password is lost: one row, and what moves it on.

It changes nothing itself: what comes of it, `accounts` does. Whoever begins one has shown the
account's own address first; who has less waits, while the owner is told and can stop it.
"""
