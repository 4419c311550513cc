"""佐证材料: files beside what is said of a graduate student's ability and results (R2)."""
