"""Where alerts go: people's screens and phones, other programs, tables."""
