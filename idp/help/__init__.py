"""Help: the hotline, the desks of one's commune, and a page for each thing people get stuck at.

Public, the same for everyone, and read without JavaScript. Nothing here knows who asks.
"""
