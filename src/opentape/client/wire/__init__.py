"""The questions and answers of the wire, written from its OpenAPI document."""
