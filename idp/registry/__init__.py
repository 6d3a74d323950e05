"""The register of agencies, information systems, public services and relying parties.

Surfaces and rooms above ask it who a client is, what it may do and which service it names.
"""
