def migrate(cr, version):
    """Round the points that stood on the map of the board before it was rounded to about ten metres."""
    cr.execute(
        """
        UPDATE kdc_feedback
           SET map_latitude = round(map_latitude / 100.0) * 100, map_longitude = round(map_longitude / 100.0) * 100
         WHERE map_latitude % 100 <> 0 OR map_longitude % 100 <> 0
        """
    )
