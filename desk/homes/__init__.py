"""The first page of each family of roles: what is waiting, then where things stand. Each module gives a template and
what it shows, in a number of statements that does not grow with the rows."""
