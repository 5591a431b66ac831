"""Who trades: intents, structures, orders, how they are executed, what they hold."""
