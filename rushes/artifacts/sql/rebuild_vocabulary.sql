-- The totals of the libraries of some films anew; the caller holds the lock of refresh_film.
with of_films as (
    select library_slug from asset where asset_id = any(:asset_ids)
    union
    select library_slug from film_vocabulary where asset_id = any(:asset_ids)
),
fresh as (
    select library_slug, kind, label, count(*) as films, sum(spans) as spans
    from film_vocabulary
    where library_slug in (select library_slug from of_films)
    group by library_slug, kind, label
),
gone as (
    delete from vocabulary v
    where v.library_slug in (select library_slug from of_films)
      and not exists (
          select from fresh f
          where (f.library_slug, f.kind, f.label) = (v.library_slug, v.kind, v.label)
      )
)
insert into vocabulary (library_slug, kind, label, films, spans)
select library_slug, kind, label, films, spans from fresh
on conflict (library_slug, kind, label) do update
set films = excluded.films, spans = excluded.spans
