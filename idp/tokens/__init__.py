"""Storage of what the protocol hands out, or hears once. Of what opens anything, digests only.

Grants, codes, refresh tokens; pushed requests, devices' requests; ids of assertions and proofs.

The protocol room calls it; each one-time thing is spent by one conditional UPDATE.
"""
