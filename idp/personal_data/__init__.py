"""What is held on a person: handed to them, asked about within the law's time, and erased.

Pages, the console and the node's tasks call it. Who the person is must have been shown before:
nothing here asks. What ends access to an account is in `accounts`.
"""
