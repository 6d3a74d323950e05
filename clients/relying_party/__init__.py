"""What every relying party does alike, over Authlib's client. Copy this folder as it is.

`provider` is what the others ask; each flow has a file of its own; `site` and `web` are for pages.
Nothing here knows of one service: its texts, its rules and its look stand beside this folder.
"""
