"""Working sets: some features of a problem at a time, and what solves for them."""
