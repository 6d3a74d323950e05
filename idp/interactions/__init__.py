"""One sign-in on its way: the only thing the protocol and the pages share.

The protocol (or the portal, the account page) opens an interaction saying what is needed and
where to return to; the pages work towards it; whoever opened it looks again on return.
"""
