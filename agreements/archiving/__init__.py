"""归档: what was filed in a year is arranged, numbered and kept as DA/T 22—2015 归档文件整理规则 has it."""
