"""Every documented call that the product uses, one function each: typed arguments in, a `Call` out.

Functions are named after the operation. Answers keep Feishu's field names, and every field that Feishu may leave out
has a default.
"""
