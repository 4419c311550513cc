"""The pages of money: the city's view, an account and its entries, rates, visits to pay, batches, a person's own.

Each fetches what the door let through, calls one service or none, and renders. Forms that are refused come back whole.
"""
