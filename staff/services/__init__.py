"""Rules of accounts, passwords, sessions and throttling. They neither commit nor know of HTTP."""
