"""Mail and text messages to people: what they say, how they are sent, and the demo's page of them.

Rooms below put a message into the outbox; nobody calls this room but the table of kinds. Who a
message goes to and what it says is encrypted until then, and stands in no log.
"""
