"""Progress to the legal target: figures that can be recomputed for any past day.

The rollup reads the journal and writes small aggregates; pages and exports read those only.
"""
