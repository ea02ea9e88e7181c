"""The elastic-net penalty and its arguments."""
