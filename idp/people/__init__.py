"""Natural persons: who they are, and how well that is proven.

Surfaces and the rooms above call it. It knows nothing of factors, services, sessions or pages.
"""
