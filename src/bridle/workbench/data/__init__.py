"""The data of a study: tables and arrays, read, checked and prepared for the arms."""
