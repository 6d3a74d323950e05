"""A reader with everything that is public, who tries to tell what is starred."""
