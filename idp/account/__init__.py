"""The start page, and a signed-in person's own pages.

Overview, details, e-mail address, password, factor, recovery codes, sign-ins, sessions, services.

It shows and ends what belongs to the person who asks; it never shows another's.
"""
