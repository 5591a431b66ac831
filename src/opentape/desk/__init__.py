"""Use cases: replay, questions, and the ports that the ring of feeds and stores fills."""
