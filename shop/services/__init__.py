"""Reading the products. They neither commit nor talk to the network."""
