"""Ground floor equipment: database, clock, secrets, cryptography, notifications, errors.

Every room may call it. It knows no table, no page and no rule of the product.
"""
