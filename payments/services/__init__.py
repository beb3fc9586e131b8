"""Rules of attempts, the inbox and the ledger. They neither commit nor talk to the network."""
