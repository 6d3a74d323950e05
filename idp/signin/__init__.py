"""The pages of one interaction: identify, register, prove, represent, consent, sign out.

They work towards what the interaction needs and return to whoever opened it; whether a request is
finished is not decided here.
"""
