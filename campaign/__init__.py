"""The public face: start page, privacy, terms, imprint, contact."""
