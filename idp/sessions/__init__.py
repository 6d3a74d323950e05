"""Server-side sign-in sessions of a browser: who, how strongly, since when, until when.

The pages start and raise them; the protocol reads them. Cookies are `web`'s business.
"""
