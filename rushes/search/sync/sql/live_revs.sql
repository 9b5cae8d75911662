select rev, asset_id, doc_count from search_revs where index_name = :index_name and state = 'live'
