"""The telephone exchange: calls as they are scripted, the phones that ring, the notifications the bot gets."""
