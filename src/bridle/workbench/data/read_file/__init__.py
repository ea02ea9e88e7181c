"""Reading of a table file: unpacking, decoding and splitting into fields, with notes."""
