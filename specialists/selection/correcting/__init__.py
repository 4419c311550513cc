"""更正公布文件: a number, a day or a scan that was recorded wrong; one officer asks, another person of the bureau decides."""
