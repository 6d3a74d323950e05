"""The portal: owners and developers of an agency register and run its relying parties.

Every page needs two factors and a current post at an agency. What belongs to another agency looks
like what does not exist. Operators decide in `idp.console`.
"""
