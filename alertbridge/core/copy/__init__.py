"""Every word people read, in Chinese and English."""
