"""What comes in: alerts, the route they take, how severe they are, and what keeps them silent."""
