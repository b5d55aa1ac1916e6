"""What brokers' APIs answer about short selling, saved as files: Futu, Alpaca, Schwab, Tradier, Tiger."""
