"""Storage of what the protocol hands out: codes, grants, refresh tokens. Digests only.

The protocol room calls it; each one-time thing is spent by one conditional UPDATE.
"""
