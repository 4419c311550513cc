"""变更: what a filed agreement may still change (content, visits, goals), asked with a signed supplement, decided by the
bureau. The paper that was filed stays as it is; what holds today is said in one place (effective.py)."""
