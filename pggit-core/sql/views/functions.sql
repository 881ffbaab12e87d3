-- The versions of functions to query.

create or replace view pggit.function_history as
select s.signature_id,
       s.signature,
       s.schema_name,
       s.function_name,
       v.version,
       v.impact,
       v.is_explicit,
       v.source,
       v.metadata,
       c.commit_id,
       c.message,
       v.created_by,
       v.created_at,
       s.dropped_at,
       s.signature as full_signature,
       pg_catalog.string_to_array(pg_catalog.substring(s.signature, '\((.*)\)$'), ',') as argument_types,
       v.definition ->> 'result' as return_type,
       exists (
           select from pggit.function_signatures as o
           where o.schema_name = s.schema_name
             and o.function_name = s.function_name
             and o.signature_id <> s.signature_id
       ) as is_overloaded,
       c.message as commit_message
from pggit.function_versions as v
join pggit.function_signatures as s on s.signature_id = v.signature_id
left join pggit.commits as c on c.commit_number = v.commit_number;
comment on view pggit.function_history is 'Every version of every function, with the commit that made it';
