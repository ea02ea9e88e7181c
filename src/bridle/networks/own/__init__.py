"""Network of the user's: what it computes, what it asks for, and a copy of it for each run."""
