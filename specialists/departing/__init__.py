"""离职、调出: a person leaves the unit that dispatched them. A fact, told by the unit; what follows is decided, not done."""
