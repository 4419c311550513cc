"""放假安排: what is free and what is worked in exchange, read by everybody, entered by staff from each year's notice."""
