"""Which build this is: deploying writes the hash of what it ships into the copy that it ships."""

BUILD_ID = "dev"
