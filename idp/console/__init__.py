"""The console: operators decide which applications go into production, and agree to posts.

They help people back into their accounts here, too, and print letters with codes.
Every page needs a current post as operator; to everyone else it does not exist. It needs LoA3,
and a decision a sign-in of some minutes ago.
"""
