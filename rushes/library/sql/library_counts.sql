-- Films and files of one library by state.
select
    (select count(*) from asset
      where library_slug = :slug and state = 'present') as present,
    (select count(*) from asset
      where library_slug = :slug and state = 'missing') as missing,
    (select count(*) from library_files
      where library_slug = :slug and state = 'settling') as settling,
    (select count(*) from library_files
      where library_slug = :slug and state = 'rejected'
        and error_code is distinct from 'deleted') as rejected
