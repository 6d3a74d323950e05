"""Agency staff register and run their relying parties here; operators approve them."""
