"""The OAuth clients of the agencies' systems.

Surfaces and rooms above ask who a client is, what it may do and which service it names.
What may be registered: the table of `client_fields`, the rules between them in `metadata`, and the
tables of `scopes`, `grant_types`, `auth_methods` and `profiles`.
"""
