"""A signed-in person's own pages: sign-ins, sessions, factors."""
