"""The explorer: pages that show the document and ask its questions, without any network.

Swagger UI comes from an installed package; only the page around it is ours.
"""
