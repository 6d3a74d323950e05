"""Two axes, one acr: proofing of identity × strength of authentication → level of assurance.

Pure rules over the configured table; every room above may ask.
"""
