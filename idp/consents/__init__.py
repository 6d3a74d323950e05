"""What a person agreed to share with a relying party, with the evidence, and its withdrawal."""
