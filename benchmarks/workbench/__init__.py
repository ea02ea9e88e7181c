"""What a study costs, beside the loop of Keras fits that it replaces."""
