"""The Alertmanagers that send to us, asked through their API v2: which alerts they hold, and their silences."""
