from . import area_sheet_pdf, invitation_slip, letter_pdf, plate_pdf
