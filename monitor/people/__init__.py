"""The work of people: which answers they label, in which files, and how these are kept and read back.

Begin with `labels` (a labels file) and `labelling` (the answers of a run that may be labelled).
`journal` and `tables` keep any work of people. Not here: how they are asked (`report.asking`), and what
their labels say about a judge (`calibration`).
"""
