"""What tokens look like: access token, ID token, logout token; signed and encrypted.

Who gets one, and for what, is the grants' to say.
"""
