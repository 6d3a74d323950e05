"""Who works for which agency, in which role. Surfaces ask; no page, no password here."""
