"""How far a judge can be trusted, measured on labels of people, and scores without its errors.

Begin with `calibrating` (asks the judge) and `record` (what comes of it, on disk); `agreement` and
`correction` are the statistics, `corrected` puts them to the scores of a run.
"""
