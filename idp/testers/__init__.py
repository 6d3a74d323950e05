"""Who may try an application of the sandbox: whom its team invited, the team, and test people.

The portal invites and removes; `authorization` asks. Whether an account holds an invited number is
never told here.
"""
