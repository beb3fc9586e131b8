"""Applications, organizations, logos and statements. Empty until the coalition is built."""
