"""The report: what became of the calls of a day, a week or any other span, as one page and as CSV."""
