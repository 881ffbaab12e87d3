-- What is left to say, and the tools put away.

select pggit.aside_note('system events', 0, count(*), 'they are about the older pgGit')
from pggit.aside_rows('system_events') as r
having count(*) > 0;

select pggit.aside_note('triggers', 0, count(*), 'switched off, for they call the older pgGit: ' || pggit.aside_list(array_agg(t.tgname || ' on ' || t.tgrelid::regclass order by t.tgname)))
from pg_trigger as t
join pg_proc as p on p.oid = t.tgfoid
join pg_class as c on c.oid = t.tgrelid
where p.pronamespace = to_regnamespace(quote_ident(current_setting('pggit.aside')))
  and c.relnamespace <> p.pronamespace
  and not t.tgisinternal
having count(*) > 0;

-- Views, defaults and the like of others that use something of the older pgGit follow it to its new name.
select pggit.aside_note('dependants', 0, count(*), 'they use the older pgGit, under its new name from now on: ' || pggit.aside_list(array_agg(i.identity order by i.identity)))
from (
    select distinct case when w.ev_class is not null then 'pg_class'::regclass::oid else d.classid end as classid, coalesce(w.ev_class, d.objid) as objid
    from pg_depend as d
    left join pg_rewrite as w on w.oid = d.objid and d.classid = 'pg_rewrite'::regclass
    where d.deptype = 'n'
      and d.classid not in ('pg_trigger'::regclass, 'pg_event_trigger'::regclass)
      and (d.refclassid, d.refobjid) in (
          select 'pg_proc'::regclass::oid, p.oid from pg_proc as p where p.pronamespace = to_regnamespace(quote_ident(current_setting('pggit.aside')))
          union all
          select 'pg_class'::regclass::oid, c.oid from pg_class as c where c.relnamespace = to_regnamespace(quote_ident(current_setting('pggit.aside')))
          union all
          select 'pg_type'::regclass::oid, t.oid from pg_type as t where t.typnamespace = to_regnamespace(quote_ident(current_setting('pggit.aside'))))
) as d
cross join lateral pg_identify_object(d.classid, d.objid, 0) as i
where i.identity !~ ('(^| )' || current_setting('pggit.aside') || '\.')
having count(*) > 0;

insert into pggit.system_events (event_type, event_data)
values ('adopted', jsonb_build_object('schema', current_setting('pggit.aside')));

drop table pggit.aside_present, pggit.aside_versions, pggit.aside_signatures, pggit.aside_operations, pggit.aside_history, pggit.aside_steps, pggit.aside_objects;
drop function pggit.aside_rows(text), pggit.aside_note(text, bigint, bigint, text), pggit.aside_time(text), pggit.aside_number(text),
    pggit.aside_uuid(text), pggit.aside_texts(jsonb), pggit.aside_word(text), pggit.aside_json(jsonb), pggit.aside_list(text[]),
    pggit.aside_version(text), pggit.aside_signature(text, text, text[]);
