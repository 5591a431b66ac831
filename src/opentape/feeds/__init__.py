"""The ring, inwards: vendors' files to market words. Fills the desk's ports."""
