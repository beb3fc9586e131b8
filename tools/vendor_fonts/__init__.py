"""Rebuild the fonts that the project ships. Run by hand, by maintainers only.

    python -m tools.vendor_fonts

It needs npm on the PATH and the development requirements (fontTools with brotli). Packages are
taken at the exact versions and hashes named in `packages`; nothing of them is executed. The same
packages and the same fontTools give the same bytes.
"""
