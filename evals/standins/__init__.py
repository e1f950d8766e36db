"""Stand-ins for what is slow, costly or far away; used by tests and by the long runs."""
