-- The versions of functions to query.

create or replace view pggit.function_signatures as
select s.*
from pggit.settled_signatures() as s;
comment on view pggit.function_signatures is 'The functions, procedures and aggregates by signature: each overload is one';

create or replace view pggit.function_versions as
select v.*
from pggit.settled_versions() as v;
comment on view pggit.function_versions is 'The versions of functions, each with its full source, its metadata, and the commit that made it';
comment on column pggit.function_versions.impact is 'Why it has this version: new, what its change means to callers, or explicit where someone said so';

create or replace view pggit.function_history as
select s.signature_id,
       s.signature,
       s.signature as full_signature,
       s.schema_name,
       s.function_name,
       s.argument_types,
       s.return_type,
       s.is_overloaded,
       v.version,
       v.impact,
       v.is_explicit,
       v.source,
       v.metadata,
       v.commit_id,
       c.message,
       c.message as commit_message,
       v.created_by,
       v.created_at,
       s.dropped_at
from pggit.function_versions as v
join pggit.function_signatures as s on s.signature_id = v.signature_id
left join pggit.commits as c on c.commit_id = v.commit_id;
comment on view pggit.function_history is 'Every version of every function, with the commit that made it';
