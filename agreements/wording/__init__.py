"""协议书文本: the words of the agreement, year by year, as the bureau writes them. Parties, signatures and code are the paper's."""
