"""Lists that agencies deliver: whom each of their systems served in a month.

One list for a system and a month says who was served, and how often each of them signed in with a
local account, past this sign-in. Numbers are hashed as they are read and never stored: what stays
is a bitmap of analytics numbers, and counts. `delivering` takes a list in, `reading` gives what a
freeze had seen of them.
"""
