"""Places of a country: effective-dated, with the crosswalk that keeps trends whole.

Seeding loads them, and rooms above may join their tables; nothing here knows people or agencies.
"""
