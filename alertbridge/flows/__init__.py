"""The stories of the product, each told top to bottom: load, decide, save what is meant, act, save what came of it."""
