"""Pages that can be sent to someone: each is one file that needs no network."""

from shortable.report.audit_page import audit_html
from shortable.report.result_page import report_html

__all__ = ["audit_html", "report_html"]


def __dir__() -> list[str]:
    return sorted(__all__)
