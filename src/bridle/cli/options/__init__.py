"""Options of the commands: groups of them, a file of them, and how they are spelled in messages."""
