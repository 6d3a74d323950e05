"""Who opens an authorization in OpenID Connect: a request that came through a browser, a device.

Each says what it asks, issues, and refuses; what happens in between is `idp.authorization`.
"""
