"""A specialist leaves the unit that dispatched them (离职、调出) while agreements run.

The unit tells the fact; it ends nothing by itself. The bureau, the host and the specialist hear of it, every agreement
under way bears a mark, and the bureau decides on each whether it goes on or ends early.
"""
