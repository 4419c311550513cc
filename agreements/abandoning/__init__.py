"""放弃: what was printed or signed and never comes to be filed is closed, with all its papers."""
