//! SQL as text and as graph for pgGit: parsing, fingerprints, dependencies and the working schema.
