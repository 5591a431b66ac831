"""Words: what things are. Imports the standard library, numpy, msgspec and calendars."""
