"""The receipt as a PDF. Importing it loads the PDF library: only who needs a receipt should."""

from donations.receipt_pdf.document import ReceiptDocument, render_receipt

__all__ = ["ReceiptDocument", "render_receipt"]
