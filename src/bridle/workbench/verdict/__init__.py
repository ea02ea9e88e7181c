"""The verdict: decisions, recommendation and their wording, from the evidence."""
