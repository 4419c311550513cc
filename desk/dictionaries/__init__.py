"""字典: the pages on which staff keep the words that forms offer and rosters are read by."""
