"""The routes, one module a noun; each is a few lines over a question of the desk."""
