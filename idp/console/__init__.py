"""The console: operators decide which applications go into production, and suspend them.

Every page needs two factors and a current post as operator; to everyone else it does not exist.
"""
