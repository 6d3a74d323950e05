"""The official report: the page's own sentences, tables and charts as a file for paper.

`facts` reads one freeze, a template says it with what the pages say it with, `paper` reads that as
blocks; typst sets them as PDF in a process of its own, `word` writes them as DOCX.
"""
