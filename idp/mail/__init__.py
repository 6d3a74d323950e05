"""Mail to people: its words in every language, how it is sent, and the demo's page that shows it.

Rooms below put a message into the outbox; nobody calls this room but the table of kinds. Who a
message goes to and what it says is encrypted until then, and stands in no log.
"""
