-- One history over all migration tools.

create or replace view pggit.migration_history as
select m.*
from pggit.migrations_with_commits() as m;
comment on view pggit.migration_history is 'The migrations of all tools, each with the last of its commits; link says how that is known: transaction, time or explicit; or that it changed no schema, where that is certain';
