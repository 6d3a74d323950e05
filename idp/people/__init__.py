"""Natural persons: who they are, how well that is proven, and how they authenticate.

Surfaces and the rooms above call it. It knows nothing of services, sessions or pages.
"""
