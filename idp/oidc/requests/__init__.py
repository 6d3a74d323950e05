"""What a request to an endpoint brings: what it asks for, its client and that client's keys.

No route lives here, and no answer to what was asked.
"""
