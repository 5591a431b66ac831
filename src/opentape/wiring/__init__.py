"""Settings to objects: two modules, no logic."""
