"""Function to syntax tree: find the source, and what the free names mean."""
