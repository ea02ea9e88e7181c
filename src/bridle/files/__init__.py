"""Files that are whole or not there, and that are judged before they are read."""
