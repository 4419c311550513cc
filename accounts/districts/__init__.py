"""县（市、区）: the divisions that staff keep. They change seldom, and old records stay with the old ones."""
