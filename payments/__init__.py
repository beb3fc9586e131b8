"""Money in and out: gateways, attempts, inbox, ledger. Knows purposes only by registration."""
