"""The roster wizard: a workbook as an institution keeps it becomes registrations, hosts and agreement drafts.

columns (what a roster may say, and how its headings are called) · cleaning (a cell becomes a value) · headings
(where the table begins and ends) · models (the staging tables) · queries (facts for the rules) · checking (findings of
all rows) · services (every change) · sheets (workbooks handed out) · tasks · forms, views, api.
"""
