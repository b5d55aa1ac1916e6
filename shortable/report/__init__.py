"""Pages that can be sent to someone: one file each, which needs no network."""

from shortable.report.audit_page import audit_html

__all__ = ["audit_html"]
