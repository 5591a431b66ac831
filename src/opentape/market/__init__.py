"""Words: what things are. Imports only the standard library, numpy, msgspec and calendars."""
