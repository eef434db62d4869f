"""Put the app together: settings in, triggers' answers out."""
