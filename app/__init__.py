"""Assembles the application. Importing this package alone does no work."""
