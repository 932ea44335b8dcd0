"""What people see of a run. Nothing is decided here: verdicts come in finished.

`terminal` (rich: progress and tables), `summary` (Markdown), `pages` (HTML) and `figures` (PNG); what
they say is in `contents` and `questions`. Text that a model wrote is in none of them, unless a page is
asked for it.
"""
