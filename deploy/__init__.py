"""Deploy the app with az and func, and take it away again: never deployed itself."""
