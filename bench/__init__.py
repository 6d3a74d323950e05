"""The benchmark: what one worker on one core does, beside argon2id alone and node-oidc-provider.

`python -m bench` (`make bench`) measures; nothing here is imported by the product or the tests. It
uses the rooms' own functions to seed a private database and speaks HTTP for the rest.
"""
