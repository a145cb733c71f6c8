"""What a good service adviser knows, as data, and how one reasons from it. No input, no output.

`recognition` finds the symptom a text speaks of, `codes` the trouble codes in it; `reasoning`
weighs causes and picks the next question, `answers` reads the reply, `results` says what it means.
"""
