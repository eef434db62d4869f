"""What is sent to Graph, and what its answers mean."""
