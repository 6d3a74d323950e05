"""Progress to the legal target: figures that can be recomputed for any past day. No page here.

The rollup reads the journal and writes small aggregates; whoever shows figures reads those only.
"""
