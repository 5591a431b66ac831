"""The read side: questions about what stands, and their answers as the wire spells them."""
