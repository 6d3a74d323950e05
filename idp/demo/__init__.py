"""The synthetic country. It calls the rooms' own functions; production refuses it."""
