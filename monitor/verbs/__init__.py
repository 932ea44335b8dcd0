"""What the commands of `faef` do: each module declares some in `add_to`, and `cli` lists the modules.

Begin with `suites` (`faef gate` and `faef score`) and `parsers` (how a command is declared).
"""
