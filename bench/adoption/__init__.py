"""What the figures cost at the size of a country: closing, freezing, counting again, pages.

`python -m bench.adoption --subjects 200000` makes a country of that many subjects and five times as
many sign-ins by SQL, in the real schema, and lets the real commands count it. A half and a quarter
of that size come first, so that it is seen how each cost grows.
"""
