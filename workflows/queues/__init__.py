"""Who has which work: holders, claims, chasing."""
