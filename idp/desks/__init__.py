"""Where people are helped face to face: the one-stop shops of communes, provinces and ministries.

Each is known by a code of its operator's and stands in a commune. Nothing here knows who works
there: what a registrar may do is a matter of posts (`mandates`).
"""
