"""作废: a filing that was made in error is none any more; its number stays with it and is never given again."""
