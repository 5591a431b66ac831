"""Raw flow, asked and answered: prints and minutes of options and of stocks.

Windows end at the answer's clock, which is the tape's: a silent tape keeps its window.
"""
