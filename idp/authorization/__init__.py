"""What an authorization still needs, whoever opened it, and how it ends: one loop.

An opener (the OpenID Connect request is one, the device another) says what it asks, issues when
nothing is missing, and refuses. The loop looks at who is signed in, asks `decide`, and either
names the sign-in page that comes next or ends the sign-in with exactly one outcome. No web
framework here, and no protocol: it works without a browser, too.
"""
