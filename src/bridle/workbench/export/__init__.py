"""Export of records to trackers: MLflow, TensorBoard, Trackio."""
