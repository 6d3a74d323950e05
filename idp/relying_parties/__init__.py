"""The OAuth clients of the agencies' systems.

Surfaces and rooms above ask who a client is, what it may do and which service it names.
What may be registered: `metadata` and, beside it, `auth_methods`, `grant_types`, `response_types`
and `profiles`.
"""
