from . import roster_writer
