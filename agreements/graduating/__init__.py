"""毕业后的安排 (A14): a graduate student's service reaches beyond the graduation, and the bureau says whether it goes on."""
