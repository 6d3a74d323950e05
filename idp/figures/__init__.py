"""Progress to the legal target: figures that can be recomputed for any past day. No page here.

The rollup reads the journal and writes small aggregates; whoever shows figures reads those only.
A month is frozen as it ends, with the lists that agencies had delivered (`lists`).
What is published is never rewritten: a revision stands beside it and says why.
"""
