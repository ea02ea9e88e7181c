"""The user's network as an object: checked, built or copied, alike in every call."""
