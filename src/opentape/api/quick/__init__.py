"""What is asked most, answered without the framework and without a task."""
