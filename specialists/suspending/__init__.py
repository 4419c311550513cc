"""暂停资格: for a time, and with a reason, a specialist signs nothing new and serves nowhere; what is filed stands (C11)."""
