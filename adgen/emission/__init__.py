"""Program to text; the only room that imports astor or black."""

from adgen.emission.listing import Listing, emit
from adgen.emission.text import formatted

__all__ = ["Listing", "emit", "formatted"]
