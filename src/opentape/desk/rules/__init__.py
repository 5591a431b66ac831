"""Rules of callers: what is to be watched for them, and each time that it happened."""
