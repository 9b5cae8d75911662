-- Brings what is derived of a whole film up to date for one stage: which runs answer, what they
-- hold that a correction replaces, its longest spans, the film's vocabulary and words, and the
-- libraries' totals.
-- One transaction at a time, as the last it does, so that each sees what the one before committed.
create function refresh_film(film text, of_stage text) returns void language plpgsql as $$
declare
    film_library text;
    captured timestamptz;
begin
    perform pg_advisory_xact_lock(hashtextextended('rushes: derived of films', 0));
    select library_slug, coalesce(capture_time, 'infinity')
    into film_library, captured
    from asset where asset_id = film;

    delete from current_runs where asset_id = film and stage = of_stage;
    insert into current_runs (run_id, asset_id, stage)
    select run_id, film, of_stage from answering_runs(film, of_stage, null, null, null);

    delete from replaced_artifacts where asset_id = film and stage = of_stage;
    if exists (
        select from runs
        where asset_id = film and stage = of_stage and origin = 'human' and status = 'completed'
    ) then
        insert into replaced_artifacts (artifact_id, by_artifact_id, asset_id, stage)
        select r.artifact_id, r.by_artifact_id, film, of_stage
        from replacements(film, of_stage) r;
    end if;

    with old as (
        delete from film_vocabulary where asset_id = film and stage = of_stage
        returning library_slug, kind, label, spans
    )
    update vocabulary v
    set films = v.films - 1, spans = v.spans - old.spans
    from old
    where (v.library_slug, v.kind, v.label) = (old.library_slug, old.kind, old.label);

    with new as (
        insert into film_vocabulary
            (asset_id, stage, kind, label, library_slug, captured_at, spans, best_confidence)
        select film, of_stage, e.kind, e.label, film_library, captured, e.spans, e.best_confidence
        from film_entries(film, of_stage) e
        where film_library is not null
        returning library_slug, kind, label, spans
    )
    insert into vocabulary (library_slug, kind, label, films, spans)
    select library_slug, kind, label, 1, spans from new
    on conflict (library_slug, kind, label) do update
    set films = vocabulary.films + 1, spans = vocabulary.spans + excluded.spans;

    delete from vocabulary where films <= 0;

    delete from longest_spans where asset_id = film and stage_of_type(artifact_type) = of_stage;
    insert into longest_spans (asset_id, artifact_type, longest_ms)
    select film, s.artifact_type, s.longest_ms
    from film_spans(film, of_stage) s
    where film_library is not null;

    delete from film_texts where asset_id = film and stage = of_stage;
    insert into film_texts (asset_id, stage, kind, captured_at, words)
    select film, of_stage, w.kind, captured, w.words
    from film_words(film, of_stage) w
    where film_library is not null;
end
$$
