"""What people write and press, read as what it asks for, and answered."""
