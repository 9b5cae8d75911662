-- Films that a text may mean, the surest meaning first (`rank`); a film that is there comes before
-- a missing one of the same rank. `:absolute` has the absolute paths that the text can stand for.
with meant as (
    select a.asset_id, a.state,
        case
            when a.asset_id = :text then 1
            when rtrim(l.root, '/') || '/' || a.path = any(cast(:absolute as text[])) then 2
            when a.path = :text then 3
            when right(a.path, char_length(:text) + 1) = '/' || :text then 4
        end as rank
    from asset a
    join libraries l on l.slug = a.library_slug
)
select m.asset_id, m.rank
from meant m
where m.rank = (select min(rank) from meant)
  and (m.state = 'present' or not exists (
      select from meant other where other.rank = m.rank and other.state = 'present'))
order by m.asset_id
limit 20
