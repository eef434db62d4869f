"""Who gets in: what a token must look like, who may sign it, and what it must say."""
