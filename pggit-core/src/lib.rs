//! The model and the repository of pgGit, version control for PostgreSQL schemas.
