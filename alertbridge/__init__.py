"""alertbridge: incident response in Feishu and Lark chat."""

__version__ = "0.1.0"
