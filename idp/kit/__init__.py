"""Ground floor equipment: database, clock, secrets, cryptography, errors.

Every room may call it. It knows no table, no page and no rule of the product.
"""
