"""Reading the organizations. They neither commit nor talk to the network."""
