"""The public pages and exports of progress to the legal target; what they show is of `figures`."""
