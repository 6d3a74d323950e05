"""What happens to a whole account: made, given or losing credentials, suspended, closed.

All that ends with it ends here, in the same transaction: sessions, grants, and the relying parties
are told. Pages, commands and the demo change accounts through this room only; the statements it
alone may call are in `people.changes` and `factors.binding`.
"""
