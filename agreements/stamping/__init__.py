"""备案汇总表: the bureau lists what it filed, stamps the printed list once by hand, and its scan stands behind each proof."""
