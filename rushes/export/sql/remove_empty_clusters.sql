-- Of these clusters those that have no face any more.
delete from people p
where p.cluster_id = any(:cluster_ids)
  and not exists (select from face_assignments f where f.cluster_id = p.cluster_id)
  and not exists (select from face_assignments f where f.split_id = p.cluster_id)
