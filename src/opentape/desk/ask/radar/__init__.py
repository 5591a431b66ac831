"""Flow rows asked across underlyings, as the radar family of APIs spells them."""
