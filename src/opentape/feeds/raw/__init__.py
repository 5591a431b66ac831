"""Files to columns: unpacking, lines, cells and where each row stands. Knows no print."""
