"""The OpenAPI document: what routes, types and docstrings say, as one JSON object."""
