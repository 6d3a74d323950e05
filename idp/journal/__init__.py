"""The append-only journal: the audit trail, and exactly one outcome per sign-in begun.

Every room above writes here; the application's database role may INSERT and SELECT only, and the
database dates its rows. A row says whom it concerns and who acted. A role and a key of their own
seal them, and what was sealed is published where the database's owner has no way. No address,
personal identifier, secret, token or citizen number ever stands in a row: people and organizations
appear as their analytics numbers, a command's row names the computer's account as claimed besides.
"""
