"""The pages: Jinja templates, escaped by default."""
