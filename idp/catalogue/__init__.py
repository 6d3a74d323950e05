"""The State's own catalogue: agencies, the information systems they run, the services they offer.

Which software signs people in for them is not told here: `relying_parties`.
"""
