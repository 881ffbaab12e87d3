-- Its commits, and what it recorded outside of commits, become one line of commits of kind import, in the order of time. It kept no
-- definitions, so their trees are empty; what it said of each change goes to imported_changes.

insert into pggit.aside_steps (hash, old_id, at, author, message, branch_name)
select pggit.aside_word(r ->> 'hash'),
       pggit.aside_number(r ->> 'id'),
       coalesce(pggit.aside_time(r ->> 'authored_at'), pggit.aside_time(r ->> 'committed_at')),
       coalesce(pggit.aside_word(r ->> 'author'), pggit.aside_word(r ->> 'committer')),
       pggit.aside_word(r ->> 'message'),
       (select pggit.aside_word(b ->> 'name') from pggit.aside_rows('branches') as b where b ->> 'id' = r ->> 'branch_id' limit 1)
from pggit.aside_rows('commits') as r
order by pggit.aside_number(r ->> 'id');

create table pggit.aside_history as
select pggit.aside_number(r ->> 'id') as id,
       (select s.step from pggit.aside_steps as s where s.hash = r ->> 'commit_hash' order by s.step limit 1) as step,
       coalesce(o.object_type, 'unknown') as object_type,
       coalesce(o.object_identity, 'number ' || (r ->> 'object_id'), 'unknown') as object_identity,
       pggit.aside_time(r ->> 'created_at') as at,
       coalesce(pggit.aside_word(r ->> 'created_by'), 'unknown') as author,
       coalesce(pggit.aside_word(r ->> 'change_description'),
                pggit.aside_word(concat_ws(' ', r ->> 'change_type', upper(o.object_type collate "C"), o.object_identity)), 'No message') as message,
       r as entry
from pggit.aside_rows('history') as r
left join lateral (
    select k.* from pggit.aside_objects as k where k.id = pggit.aside_number(r ->> 'object_id') limit 1
) as o on true
where not coalesce(o.is_own, false);

-- One transaction wrote its rows with one time: they become one commit.
with grouped as (
    select h.at, h.author, min(h.id) as first_id, count(*) as n,
           (array_agg(h.message order by h.id))[1] as message
    from pggit.aside_history as h
    where h.step is null
    group by h.at, h.author, case when h.at is null then h.id end
)
insert into pggit.aside_steps (history_id, at, author, message)
select g.first_id, g.at, g.author, g.message || case when g.n > 1 then ' and ' || g.n - 1 || ' more' else '' end
from grouped as g
order by g.at, g.first_id;

update pggit.aside_history as h
set step = s.step
from pggit.aside_steps as s
where h.step is null
  and s.history_id is not null
  and s.at is not distinct from h.at
  and s.author = h.author
  and (h.at is not null or s.history_id = h.id);

do $commits$
declare
    nothing constant text := pggit.sha256_hex('');
    main constant text := (select r.head_branch from pggit.repository as r);
    step record;
    parent text;
    made pggit.commit_records;
    new_id text;
begin
    for step in
        select s.step,
               -- what has no time comes after what was written before it
               coalesce(s.at, max(s.at) over (order by s.old_id nulls last, s.history_id rows unbounded preceding), min(s.at) over (), now()) as at,
               coalesce(s.author, 'unknown') as author,
               coalesce(s.message, 'No message') as message,
               coalesce(s.branch_name, main) as branch_name
        from pggit.aside_steps as s
        order by 2, s.old_id nulls last, s.history_id
    loop
        made.commit_number := pggit.next_commit_number();
        made.parent_ids := array_remove(array[parent], null);
        made.tree_id := nothing;
        made.kind := 'import';
        made.message := step.message;
        made.author := step.author;
        made.authored_at := step.at;
        made.changes_id := nothing;
        made.changes_count := 0;
        made.branch_name := step.branch_name;
        new_id := pggit.insert_commit(made);
        update pggit.aside_steps as s set commit_id = new_id where s.step = step.step;
        parent := new_id;
    end loop;
    update pggit.branch_records as b set commit_id = parent where b.branch_name = main;
end
$commits$;

insert into pggit.imported_changes (
    commit_id, sequence, change_type, severity, object_type, object_identity, old_version, new_version, old_metadata, new_metadata,
    description, statement, recorded_at, recorded_by)
select s.commit_id,
       row_number() over (partition by s.commit_id order by h.id)::int,
       coalesce(pggit.aside_word(h.entry ->> 'change_type'), 'unknown'),
       h.entry ->> 'change_severity',
       h.object_type,
       h.object_identity,
       h.entry ->> 'old_version',
       h.entry ->> 'new_version',
       pggit.aside_json(h.entry -> 'old_metadata'),
       pggit.aside_json(h.entry -> 'new_metadata'),
       pggit.redact(h.entry ->> 'change_description'),
       pggit.recorded_text(h.entry ->> 'sql_executed'),
       h.at,
       h.entry ->> 'created_by'
from pggit.aside_history as h
join pggit.aside_steps as s on s.step = h.step;

select pggit.aside_note(
    'commits', count(*), 0,
    case when count(*) > 0 then 'in the order of time; the older pgGit kept no definitions, so what the schema was at them is not known' end)
from pggit.aside_steps as s
where s.history_id is null;

select pggit.aside_note(
    'history', n.kept, n.all_rows - n.kept,
    concat_ws('; ',
        case when n.loose > 0 then 'commits were made of those that belonged to none: ' || n.loose end,
        case when n.nameless > 0 then 'about objects that it does not name: ' || n.nameless end,
        case when n.all_rows > n.kept then 'what is not imported is about its own objects' end))
from (
    select (select count(*) from pggit.aside_history) as kept,
           (select count(*) from pggit.aside_rows('history')) as all_rows,
           (select count(*) from pggit.aside_history as h join pggit.aside_steps as s using (step) where s.history_id is not null) as loose,
           (select count(*) from pggit.aside_history as h where h.object_type = 'unknown') as nameless
) as n;

select pggit.aside_note(
    'objects', 0, count(*), 'read from the catalogs anew, and their versions counted anew; its own among them: ' || count(*) filter (where o.is_own))
from pggit.aside_objects as o
having count(*) > 0;

select pggit.aside_note('branches', 0, count(*), 'what the schema is on them is not known; their names are on the commits: ' || string_agg(r ->> 'name', ', ' order by r ->> 'name'))
from pggit.aside_rows('branches') as r
where r ->> 'name' <> 'main'
having count(*) > 0;

select pggit.aside_note('archived_commits', 0, count(*), 'they were taken out of the history before')
from pggit.aside_rows('archived_commits') as r
having count(*) > 0;
