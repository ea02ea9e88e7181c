"""Files: atomic writes, and checks of archives and arrays before they are read."""
