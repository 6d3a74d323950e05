"""What a request to an endpoint brings: what it asks, its client and that client's keys, its token.

No route lives here, and no answer to what was asked.
"""
