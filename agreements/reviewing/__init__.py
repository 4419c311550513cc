"""The bureau's review of agreements beside the decision itself: remarks, the correction of what was sent back, who has
a case in hand, internal notes, cover for leave, several clean cases at once."""
