"""The grants: Authlib's classes with hooks that say where codes and tokens are kept.

A class with a `GRANT_TYPE` is found by it, and stands in no list. No request is parsed and no
client authenticated here.
"""
