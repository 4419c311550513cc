"""The pages of agreements: the list, the wizard, one agreement, the review desk; what each is for stands in its module.

Each fetches what the door let through, calls one service or none, and renders. Forms that are refused come back whole.
"""
