"""提前终止: what ends with an agreement is shown before anybody confirms it."""
