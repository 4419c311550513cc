"""A season of invented people, units and papers, so that whoever opens the platform sees it at work.

cast: who there is. clock: the days on which things happen. season: what happens, through the same services as ever.
"""
