"""The ring, outwards: signals and prints to files. Fills the desk's ports."""
