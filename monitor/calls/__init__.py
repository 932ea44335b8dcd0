"""How an endpoint is asked: where it is, how fast, how often again, at what price, and what it said.

Begin with `protocol` (all of it that changes a reply); `completions` reads what comes back, `pacing` and
`retrying` set the speed, `limits` and `budget` the end. Not here: the calls themselves (`client`) and
their order (`collect`).
"""
