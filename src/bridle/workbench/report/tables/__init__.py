"""Tables of a report, as formatted rows."""
