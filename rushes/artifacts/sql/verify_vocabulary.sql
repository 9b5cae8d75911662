-- Rows of vocabulary that differ from the sums of film_vocabulary, for the libraries of some films.
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
stored as (
    select library_slug, kind, label, films, spans
    from vocabulary
    where library_slug in (select library_slug from of_films)
)
select (select count(*) from (table fresh except all table stored) as missing)
     + (select count(*) from (table stored except all table fresh) as wrong)
