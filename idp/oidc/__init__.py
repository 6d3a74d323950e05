"""Relying parties speak OpenID Connect here. The only room that imports Authlib.

No page of a sign-in lives here: what a person must do goes through an interaction.
"""
