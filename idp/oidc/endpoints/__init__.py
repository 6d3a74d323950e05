"""The addresses relying parties call, one file each. They parse, open a transaction, and answer."""
