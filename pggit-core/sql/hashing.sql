-- Stable, not immutable, though they are: convert_to is stable, and PostgreSQL inlines no function that claims more than its body.
-- Content addresses: one place for what is hashed, the same as model::canonical, model::tree and model::commit in Rust.

create or replace function pggit.sha256_hex(in_text text)
returns text
language sql
stable parallel safe
as $$
    select pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(in_text, 'UTF8')), 'hex')
$$;
comment on function pggit.sha256_hex(text) is 'SHA-256 of a text in UTF-8, as lower-case hexadecimal';

create or replace function pggit.escape_field(in_text text)
returns text
language sql
immutable parallel safe
as $$
    select pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(in_text, E'\\', E'\\\\'), E'\t', E'\\t'), E'\n', E'\\n')
$$;
comment on function pggit.escape_field(text) is 'A text as a field of a hashed line: backslash, tab and newline escaped';

create or replace function pggit.bucket_of(in_object_key text)
returns smallint
language sql
stable parallel safe
as $$
    select pg_catalog.get_byte(pg_catalog.sha256(pg_catalog.convert_to(in_object_key, 'UTF8')), 0)::smallint
$$;
comment on function pggit.bucket_of(text) is 'The bucket of the Merkle tree that an object belongs to: the first byte of the SHA-256 of its key';

-- Recomputes the hashes of the named objects from the index, then of their buckets, and gives the root.
create or replace function pggit.update_tree(in_object_keys text[])
returns text
language plpgsql
as $$
declare
    touched smallint[];
    root text;
begin
    select array_agg(distinct pggit.bucket_of(k))
    into touched
    from unnest(in_object_keys) as k;

    delete from pggit.tree_objects as t
    using unnest(in_object_keys) as k
    where t.bucket = pggit.bucket_of(k)
      and t.object_key = k;

    insert into pggit.tree_objects (bucket, object_key, object_hash)
    select pggit.bucket_of(e.object_key),
           e.object_key,
           sha256(convert_to(
               string_agg(
                   pggit.escape_field(e.object_type) || E'\t' || pggit.escape_field(e.object_identity) || E'\t' || e.definition_id || E'\n',
                   '' order by e.object_type collate "C", convert_to(e.object_identity, 'UTF8')),
               'UTF8'))
    from pggit.elements as e
    where e.object_key = any (in_object_keys)
    group by e.object_key;

    delete from pggit.tree_buckets as b
    where b.bucket = any (touched);

    insert into pggit.tree_buckets (bucket, bucket_hash)
    select t.bucket,
           sha256(convert_to(
               string_agg(pggit.escape_field(t.object_key) || E'\t' || encode(t.object_hash, 'hex') || E'\n', '' order by convert_to(t.object_key, 'UTF8')),
               'UTF8'))
    from pggit.tree_objects as t
    where t.bucket = any (touched)
    group by t.bucket;

    select pggit.sha256_hex(coalesce(
        string_agg(to_hex(b.bucket / 16) || to_hex(b.bucket % 16) || E'\t' || encode(b.bucket_hash, 'hex') || E'\n', '' order by b.bucket),
        ''))
    into root
    from pggit.tree_buckets as b;
    return root;
end
$$;
comment on function pggit.update_tree(text[]) is 'Brings HEAD''s Merkle tree up to date after changes to the named objects; gives the tree''s root';
