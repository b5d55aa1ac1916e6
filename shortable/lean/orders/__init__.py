"""Orders as LEAN has them: requests, tickets, the transaction handler, fills and fees."""
