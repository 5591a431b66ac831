"""The live view, which needs Textual: the tape over a whole terminal."""
