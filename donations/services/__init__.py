"""Rules of gifts. They neither commit nor talk to the network."""
