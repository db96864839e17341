"""Facts about a staged program; each analysis returns a table and changes nothing."""
