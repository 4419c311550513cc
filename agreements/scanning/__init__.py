"""Scans of signed papers, brought by the dozen."""
