"""One model over many nights: when did it change, and what else changed then? Pure.

`nights` (the nouns and where a series breaks) · `noise` (how far a night falls by chance) · `detector`
(whether something changed) · `changes` (which series, since when, and what changed there). Not here:
where nights come from (`tracking`, folders of runs) and how a trend is shown (`report`).
"""
