"""续签安排: of the agreements of one institution that end in a year, who goes on, who leaves, who is undecided."""
