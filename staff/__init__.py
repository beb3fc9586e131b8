"""Staff accounts, sign-in, sessions, roles and permissions."""
