"""What was taken, in order: from it all state can be made again."""
