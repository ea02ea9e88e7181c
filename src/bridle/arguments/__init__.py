"""Arguments of users: numbers, weights and arrays, refused by name with the range and what came."""
