"""Where Starlette meets Authlib: requests, clients, the server object, the table of grants.

Endpoints call it; no rule of the protocol that is ours alone stands here.
"""
