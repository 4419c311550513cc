"""Direct appointment (R28, A6): no institution stands between, so the bureau writes the agreement and hands it in itself."""
