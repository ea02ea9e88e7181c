"""Source code of a module's forward: how data and rates flow through it, without running it."""
