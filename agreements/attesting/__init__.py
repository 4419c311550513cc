"""For whoever holds a paper: what it is worth today, without signing in and without names."""
