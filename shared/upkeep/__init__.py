"""What the timers do: say that the app is alive, write down problems, clean up old records."""
