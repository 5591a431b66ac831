"""What the market expects: vols of a chain, by strike and by expiry.

May import `market` and `pricing`.
"""
