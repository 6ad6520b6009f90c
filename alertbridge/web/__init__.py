"""The doors of the product: alerts in, Feishu's events and clicks in, state out. Handlers hold no decision."""
