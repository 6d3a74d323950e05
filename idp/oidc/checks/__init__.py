"""The rules an authorization request must follow: `rules.py`, and what they look at: `context.py`.

A rule looks at the request and the registered party and answers a refusal or nothing; none reads
the database, and none knows who is signed in (that is `decide`).
"""
