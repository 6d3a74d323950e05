"""What must be told to somebody outside: put here in the transaction it tells of, sent afterwards.

Every room above may enqueue; a kind of message is one `Kind`, and all kinds share the one sender.
This room knows no recipient, no person and no transport. A message is delivered at least once: a
sender that dies in between leaves it to be sent again. No payload holds readable personal data:
what is personal is encrypted, and deleted when the message is settled.
"""
