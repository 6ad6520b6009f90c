"""What outlives a process: everything that talks to Redis or Valkey, in small classes that take a `Connection`."""
