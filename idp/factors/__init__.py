"""How people authenticate: one file per kind of factor, one table of kinds, counted attempts.

Whoever binds a factor to a person or takes one away does so through `accounts`. A session's level
is not decided here: `assurance` says what factors amount to.
"""
