"""暂停资格: the bureau lets a qualification rest for a time, and gives it back."""
