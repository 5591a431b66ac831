"""A simulated market as a folder of files: a vendor's delivery, and the truth beside it."""
