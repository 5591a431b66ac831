"""REST and WebSocket: parses questions, asks the desk, spells answers.

May import everything below it; knows none of its siblings.
"""
