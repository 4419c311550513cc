#!/usr/bin/env python
"""Django's commands; without DATABASE_URL an embedded PostgreSQL runs for as long as the command does."""

import sys

from config.standalone import run

if __name__ == "__main__":
    run(sys.argv)
