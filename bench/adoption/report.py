def as_json(*a): return {}
def show(found, notes):
    for m in found:
        print(m.size, m.outcomes, m.whole_seconds)
        for n,t in m.meter.took.items(): print("  ",n,t)
        print(m.meter.skipped, m.bytes_of, m.counts); 
        if m.pages: p=m.pages; print(p.full, sorted(p.slices)[-3:], sorted(p.kept)[-3:], p.today, p.memory)
        c=m.crowd
        if c: print({n:(getattr(c,n).count, getattr(c,n).refused, getattr(c,n).percentile(.5), getattr(c,n).percentile(.95)) for n in ("readers","of_today","alone","beside")}, c.cpu_milliseconds, c.memory)
    print(notes)
