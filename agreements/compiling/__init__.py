"""汇总表 of drafts: an institution prints and stamps the list of what it is about to hand in."""
