"""OneDoor ("Một Cửa ID"): one national sign-in for every agency's services.

The house has floors; imports only go down. See docs/architecture.md.
"""
