"""Equipment of the tests: databases, browsers, served processes."""
