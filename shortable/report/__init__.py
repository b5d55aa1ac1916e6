"""Pages that can be sent to someone: one file each, which needs no network."""

from shortable.report.audit_page import audit_html
from shortable.report.result_page import report_html
from shortable.report.saved import SavedResult, read_result

__all__ = ["SavedResult", "audit_html", "read_result", "report_html"]
