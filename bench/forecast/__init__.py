"""How well the forecast of `/adoption` holds: made-up countries, its band, and a backtest."""
