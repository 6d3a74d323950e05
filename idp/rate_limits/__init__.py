"""How often one source, or one of anything, may cause what must be bounded: counted in PostgreSQL.

One table of limits, one of counts, and three verbs: whether it is over, count, take back. Every
node counts in the same row. What only keeps logs small is a `kit.rationing.Ration` of the process;
how much happens at once is bounded by `kit.turns.Turns` and the gate of `web.limits`.
"""
