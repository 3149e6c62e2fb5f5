"""Why a deadline is where it is: as a picture, in a terminal, in documents."""
