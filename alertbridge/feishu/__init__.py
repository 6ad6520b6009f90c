"""Feishu: the calls we make (`client.py`, `calls/`), events we get (`inbound/`), what can go wrong (`errors.py`)."""
