-- Every library with its films and files by state, by slug.
with films as (
    select library_slug,
        count(*) filter (where state = 'present') as present,
        count(*) filter (where state = 'missing') as missing
    from asset
    group by library_slug
),
files as (
    select library_slug,
        count(*) filter (where state = 'settling') as settling,
        count(*) filter (where state = 'rejected' and error_code is distinct from 'deleted')
            as rejected
    from library_files
    group by library_slug
)
select l.*,
    coalesce(films.present, 0) as present,
    coalesce(films.missing, 0) as missing,
    coalesce(files.settling, 0) as settling,
    coalesce(files.rejected, 0) as rejected
from libraries l
left join films on films.library_slug = l.slug
left join files on files.library_slug = l.slug
order by l.slug
