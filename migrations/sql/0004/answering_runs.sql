-- The runs that answer for a film and a stage: by the film's stored policy where `asked_mode` is
-- null. What people corrected always answers too. A run in all languages stands in for every
-- older one; runs in one language each stand beside one another.
create function answering_runs(
    film text, of_stage text, asked_mode text, asked_profile text, asked_run text
) returns table (run_id text) language sql stable as $$
    with policy as (
        select
            coalesce(asked_mode, stored.mode, 'latest') as mode,
            case when asked_mode is null then stored.preferred_profile else asked_profile end
                as profile,
            case when asked_mode is null then stored.pinned_run_id else asked_run end as pinned
        from (select) as one
        left join artifact_selections stored
            on stored.asset_id = film and stored.stage = of_stage
    ),
    candidates as (
        select r.run_id, r.language, r.finished_at, r.origin,
            case when p.mode <> 'best_quality' then 0 else case r.model_profile
                when 'high_quality' then 3 when 'balanced' then 2 when 'fast' then 1 else 0
            end end as quality,
            r.origin = 'human' as by_hand
        from runs r
        join asset a on a.asset_id = r.asset_id and a.content_version = r.content_version
        cross join policy p
        where r.asset_id = film
          and r.stage = of_stage
          and r.status = 'completed'
          and (
              r.origin = 'human'
              or (p.mode = 'profile' and r.model_profile = p.profile)
              or (p.mode = 'pinned' and r.run_id = p.pinned)
              or p.mode not in ('profile', 'pinned')
          )
    ),
    ranked as (
        select c.run_id, c.language, c.by_hand,
            row_number() over (partition by by_hand, language
                order by quality desc, finished_at desc, run_id desc) as place_in_language,
            row_number() over (partition by by_hand
                order by quality desc, finished_at desc, run_id desc) as place
        from candidates c
    )
    select r.run_id
    from ranked r
    where by_hand
       or (language is null and place = 1)
       or (language is not null and place_in_language = 1 and place < coalesce(
            (select min(place) from ranked where language is null and not by_hand), place + 1))
$$
