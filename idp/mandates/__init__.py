"""A person acts for a body: staff of an agency or of the operator, people of an organization.

One table; `posts` and `representations` are its two views, `changes` its only writer.
Surfaces ask the views; what a role allows stands in `roles` alone. A mandate
is never deleted, and one that has ended never comes back.
"""
