"""A season's contracts at once, as one file for the printer or a ZIP."""
