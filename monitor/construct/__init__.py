"""`faef construct`: a topic becomes questions with two options, checked, reviewed, and made a bank.

    spec → collecting (sources, filters, topics, expansion) → options (answers, persona, matching)
    → checking (judge, on topic) → twins → people (`decisions`) → selection (`faef audit` passes)

Everything follows from the spec, the sources, the replies in the store and the decisions of people:
run again, it goes the same way and asks only what it has no reply to. What models write stays in the
working folder.
"""
