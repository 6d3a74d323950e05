"""The grants: Authlib's classes with hooks that say where codes and tokens are kept.

Each class is listed in `authlib/build.py`. No request is parsed and no client authenticated here.
"""
