"""A run beside its baseline: is it worse, by how much, and was enough asked to tell?

Begin with `comparison`, then `verdicts`; `pairing` puts two runs side by side; `regression`, `bounds`
and `power` are the statistics; `escalation` plans the looks that `looking` takes. Not here: scores held
to floors (`gate`), and series of nights (`trend`).
"""
