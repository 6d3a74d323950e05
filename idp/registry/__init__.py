"""The register of agencies, information systems, public services and relying parties.

Surfaces and rooms above ask it who a client is, what it may do and which service it names.
What may be registered: `metadata` and, beside it, `auth_methods`, `grant_types`, `response_types`
and `profiles`.
"""
