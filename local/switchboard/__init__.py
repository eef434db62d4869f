"""The page on which a person places calls and watches them travel: of the local world alone, never deployed."""
