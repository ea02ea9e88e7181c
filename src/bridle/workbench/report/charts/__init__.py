"""Charts of the page: small figures with captions, and the numbers that the pointer shows."""
