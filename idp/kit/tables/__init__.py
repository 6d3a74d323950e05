"""Tables that people send in files: the one reader of every import.

`source` opens a file of any encoding a spreadsheet writes, `reader` finds its header and yields its
rows, `values` reads what stands in a cell, `imports` counts what rows did. A room says which
columns its table has, and how a row is stored. Nothing here knows a register or writes to one;
what is wrong is a sentence with its line, column and value, and nothing of such a file is kept.
"""
