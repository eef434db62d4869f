"""Who rings when, from now on: computed from the moments at which that may change."""
