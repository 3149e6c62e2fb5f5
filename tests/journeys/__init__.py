"""People work cases over Kafka through the five services as processes."""
