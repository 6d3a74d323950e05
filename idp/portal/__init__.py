"""The portal: owners and developers of an agency register and run its relying parties.

They deliver the lists of whom its systems served, and read its own true figures here, too.
Every page needs two factors and a current post at an agency. What belongs to another agency looks
like what does not exist. Operators decide in `idp.console`.
"""
