"""Table file: unpacked, decoded, split into fields, and what was assumed on the way."""
