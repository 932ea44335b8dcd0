"""Can a bank's key be found without reading its questions, and is it sound otherwise? Pure.

`audit` measures and judges; it neither reads files (`jsonl.read_questions(…, raw=True)` keeps the
white space that the white-space pickers look at) nor prints. The result depends on what the
questions say, not on their order; ids are only named, never looked at.
"""

from collections.abc import Sequence

from monitor.audit.balance import balance_findings
from monitor.audit.duplicates import duplicate_findings
from monitor.audit.findings import Audit, Finding, Limits, in_order
from monitor.audit.shortcuts import shortcut_findings
from monitor.audit.twins import twin_findings
from monitor.errors import ConfigError
from monitor.records import Question

__all__ = ["Audit", "Finding", "Limits", "audit"]


def audit(questions: Sequence[Question], limits: Limits) -> Audit:
    """Everything found in the questions under the limits; ConfigError where there are none.

    Shortcuts are sought in questions without a twin: in a proper pair no cue of an option can help.
    """
    if not questions:
        message = "there is no question to audit"
        raise ConfigError(message)
    bank = in_order(questions)
    singles = [question for question in bank if question.twin is None]
    findings = (
        *shortcut_findings(singles, limits),
        *duplicate_findings(bank, limits),
        *twin_findings(bank, limits),
        *balance_findings(bank, limits),
    )
    return Audit(questions=len(bank), twins=len(bank) - len(singles), findings=findings)
