def migrate(cr, version):
    """Leave one correction of a bill to approve, the newest: both were counted from the same bill.

    The index that refuses a second one from now on could not be made beside them. The column of waivers is younger
    than that of corrections, so it may be missing yet.
    """
    cr.execute(
        """
        UPDATE kdc_charge older SET state = 'withdrawn'
         WHERE older.state = 'draft' AND older.kind IN ('correction', 'outage')
           AND to_jsonb(older)->>'waives_id' IS NULL
           AND EXISTS (
               SELECT FROM kdc_charge newer
                WHERE newer.state = 'draft' AND to_jsonb(newer)->>'waives_id' IS NULL AND newer.id > older.id
                  AND newer.corrects_move_id = older.corrects_move_id AND newer.service_id = older.service_id
                  AND newer.kind = older.kind
           )
        """
    )
