"""The edge that shows what the compiler did: stages as text, colour for a terminal."""
