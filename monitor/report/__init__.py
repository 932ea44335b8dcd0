"""What people see of a run. Nothing is decided here: verdicts come in finished.

`terminal` (rich: progress and tables) and `summary` (Markdown). Text that a model wrote is in neither.
"""
