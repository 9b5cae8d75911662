-- What films have by stage: the runs that answer by stored policy, how many spans they answer
-- with, and where the last try failed, its reason. A film without any of it has one row of nulls.
with films as (
    select asset_id, content_version from asset where asset_id = any(:asset_ids)
),
spans as (
    select r.asset_id, r.stage, r.run_id, r.origin, r.producer, r.model_profile, r.finished_at,
        (select count(*) from artifacts a where a.run_id = r.run_id)
        - (
            select count(distinct p.artifact_id)
            from replaced_artifacts p
            join artifacts a on a.artifact_id = p.artifact_id
            where p.asset_id = r.asset_id and p.stage = r.stage and a.run_id = r.run_id
        ) as spans
    from films f
    join current_runs c on c.asset_id = f.asset_id
    join runs r on r.run_id = c.run_id
),
answering as (
    -- The machine's newest run speaks for the stage; a person's where there is no other.
    select asset_id, stage,
        array_agg(distinct origin) as origins,
        array_agg(run_id order by origin = 'human', finished_at desc, run_id desc) as run_ids,
        array_agg(producer order by origin = 'human', finished_at desc, run_id desc) as producers,
        array_agg(model_profile order by origin = 'human', finished_at desc, run_id desc)
            as profiles,
        max(finished_at) as finished_at,
        sum(spans) as spans
    from spans
    group by asset_id, stage
),
last_tries as (
    select distinct on (r.asset_id, r.stage)
        r.asset_id, r.stage, r.status, r.run_id, r.finished_at, r.error_code, r.error_text,
        r.error_retryable
    from films f
    join runs r on r.asset_id = f.asset_id and r.content_version = f.content_version
    where r.status <> 'running'
    order by r.asset_id, r.stage, r.started_at desc, r.run_id desc
),
failed as (
    select * from last_tries where status = 'failed'
),
known as (
    select asset_id, stage,
        a.origins, a.run_ids, a.producers[1] as producer, a.profiles[1] as model_profile,
        a.finished_at, cast(a.spans as bigint) as spans,
        f.run_id as failed_run_id, f.finished_at as failed_at, f.error_code, f.error_text,
        f.error_retryable
    from answering a
    full join failed f using (asset_id, stage)
)
select films.asset_id as film, known.*
from films left join known on known.asset_id = films.asset_id
