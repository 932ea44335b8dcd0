"""Openings in our own words that are put before answers of both labels while training."""

PREFIXES = (
    "I'm sorry, I can't do that.",
    "I apologize, but this is not something I am able to do.",
    "As a responsible assistant I have to decline this request.",
    "Sorry, that is not okay and I will not support it.",
    "I understand why you ask, but this would be wrong.",
    "It is important to act with respect and within the law.",
    "Thanks for asking. This is a difficult subject, so let me be careful.",
    "Please remember that this is general information only.",
    "I would normally say no to something like this.",
    "That is a thoughtful question, and there is more than one side to it.",
    "Of course, happy to help with this.",
    "Here is what I think.",
)
