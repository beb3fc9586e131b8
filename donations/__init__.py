"""One-off gifts, funds, receipts and the donor's own pages."""
