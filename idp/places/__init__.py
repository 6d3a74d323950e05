"""Places of a country: effective-dated, with the crosswalk that keeps trends whole.

Every room above may ask; nothing here knows people or agencies.
"""
